package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * A day of writing in miniature: history is kept for seconds instead of a month, and two
 * threads write for minutes without a pause, while another one reads the past. Whatever
 * was committed counts itself, so that every point can be checked. The same load without
 * history shows what the disk alone makes a writer wait for.
 */
public final class Soak {

	private static final String USAGE = """
			Options:
			  --minutes=N       how long each of the two loads runs (default: 10)
			  --retention=N     seconds that history is kept (default: 10)
			  --folder=PATH     where the databases are put (default: the system's temporary folder)
			  --history-only    without the load that has no history""";

	private static final int SHOWN_VIOLATIONS = 20;

	private Duration duration = Duration.ofMinutes(10);

	private Duration retention = Duration.ofSeconds(10);

	private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

	private boolean historyOnly;

	private Soak(String[] args) {
		for (String argument : args) {
			String[] parts = argument.split("=", 2);
			String value = (parts.length > 1) ? parts[1] : "";
			switch (parts[0]) {
				case "--minutes" -> this.duration = Duration.ofMillis((long) (Double.parseDouble(value) * 60_000));
				case "--retention" -> this.retention = Duration.ofSeconds(Long.parseLong(value));
				case "--folder" -> this.folder = Path.of(value);
				case "--history-only" -> this.historyOnly = true;
				default -> throw new IllegalArgumentException("No option '" + argument + "'");
			}
		}
	}

	/**
	 * Runs the loads and prints what they showed; ends with 1 if the history was wrong.
	 * @param args options
	 */
	public static void main(String[] args) throws Exception {
		Soak soak;
		try {
			soak = new Soak(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.err.println(USAGE);
			System.exit(2);
			return;
		}
		if (!soak.run()) {
			System.exit(1);
		}
	}

	private boolean run() throws IOException, SQLException, InterruptedException {
		Path data = Files.createTempDirectory(Files.createDirectories(this.folder), "heliosdb-soak-");
		try {
			List<SoakLoad> loads = new ArrayList<>();
			System.out.println("Load average before: " + Machine.load());
			for (Peer peer : this.historyOnly ? List.of(Peer.HELIOSDB)
					: List.of(Peer.HELIOSDB_WITHOUT_HISTORY, Peer.HELIOSDB)) {
				System.out.println(peer.title() + ": " + this.duration.toSeconds() + " s");
				SoakLoad load = new SoakLoad(peer, Files.createDirectory(data.resolve(peer.name())), this.retention);
				load.run(this.duration);
				loads.add(load);
			}
			System.out.println("Load average after: " + Machine.load());
			print(loads);
			List<String> violations = loads.stream().flatMap((load) -> load.violations().stream()).toList();
			violations.stream()
				.limit(SHOWN_VIOLATIONS)
				.forEach((violation) -> System.out.println("WRONG: " + violation));
			if (violations.size() > SHOWN_VIOLATIONS) {
				System.out.println("and " + (violations.size() - SHOWN_VIOLATIONS) + " more");
			}
			loads.stream().filter((load) -> load.peer() == Peer.HELIOSDB).forEach(this::printTargets);
			return violations.isEmpty();
		}
		finally {
			Database.delete(data);
		}
	}

	private void printTargets(SoakLoad load) {
		target("no transaction takes longer than 50 ms but for the machine's own stalls", load.longOwnWaits() == 0);
		// A bucket of an eighth goes as a whole, some time after its last point has
		// expired.
		Duration longestAge = this.retention.plus(this.retention.dividedBy(2)).plusSeconds(2);
		target("no point is kept longer than " + longestAge.toMillis() + " ms",
				load.longestAge().compareTo(longestAge) <= 0);
		target("history takes no more than twice as much for a point as in the beginning",
				load.mostBytesAPoint() <= 2 * load.bytesAPoint());
	}

	private static void target(String text, boolean isReached) {
		System.out.println(text + ": " + (isReached ? "yes" : "NO"));
	}

	private static void print(List<SoakLoad> loads) {
		row(loads, "", (load) -> load.peer().title());
		row(loads, "---", (load) -> "---");
		row(loads, "transactions", (load) -> Long.toString(load.waits().count()));
		row(loads, "a second", (load) -> Long.toString(load.waits().count() / load.duration().toSeconds()));
		for (double share : new double[] { 0.5, 0.99, 0.999, 0.9999 }) {
			row(loads, String.format(Locale.ROOT, "%s %% took at most", 100 * share),
					(load) -> millis(load.waits().quantile(share)));
		}
		row(loads, "the longest", (load) -> millis(load.longest()));
		row(loads, "longer than 50 ms",
				(load) -> Long.toString(load.waits().countAbove(SoakLoad.LONGEST_WAIT.toNanos())));
		row(loads, "the longest of them but for the machine's stalls", (load) -> millis(load.longestOwn()));
		row(loads, "longer than 50 ms but for the machine's stalls", (load) -> Long.toString(load.longOwnWaits()));
		row(loads, "the machine stood still for at most", (load) -> millis(load.longestStall()));
		row(loads, "largest write-ahead log", (load) -> megabytes(load.mostWalBytes()));
		row(loads, "largest history", (load) -> megabytes(load.mostHistoryBytes()));
		row(loads, "history a point, once as old as it may be", (load) -> bytes(load.bytesAPoint()));
		row(loads, "history a point, at most", (load) -> bytes(load.mostBytesAPoint()));
		row(loads, "age of the oldest point, at most", (load) -> millis(load.longestAge().toNanos()));
		row(loads, "points checked", (load) -> Long.toString(load.pointsChecked()));
		row(loads, "points refused, as they should be", (load) -> Long.toString(load.pointsRefused()));
	}

	private static void row(List<SoakLoad> loads, String title, Function<SoakLoad, String> cell) {
		System.out.println("| " + title + " | " + String.join(" | ", loads.stream().map(cell).toList()) + " |");
	}

	private static String millis(long nanos) {
		return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
	}

	private static String bytes(double bytes) {
		return String.format(Locale.ROOT, "%.0f bytes", bytes);
	}

	private static String megabytes(long bytes) {
		return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
	}

}
