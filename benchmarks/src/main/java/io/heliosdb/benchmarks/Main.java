package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks and prints a table of times and ratios beside the targets. A run is
 * made of rounds. In a round each line is measured once a peer, one peer right after the
 * other, each in a JVM of its own and in another order than the round before: what else
 * the machine does then hits all of them alike, and their ratio stays.
 */
public final class Main {

	private static final String USAGE = """
			Options:
			  quick               one round instead of four
			  --rounds=N          so many rounds
			  --lines=a,b         these lines only, such as lookup-jdbc, scan, insert-8
			  --peers=a,b         these databases only: heliosdb, sqlite-jdbc, h2, h2-no-delay
			  --folder=PATH       where the databases are put (default: the system's temporary folder)
			  --markdown=FILE     put the report into this file, between its two marks
			  --profiler=NAME     one of JMH's profilers, such as stack or gc; prints what JMH prints
			  --jvm=ARGUMENT      an argument more for the measured JVMs, may be repeated""";

	private static final String BEGIN = "<!-- begin of report -->\n";

	private static final String END = "<!-- end of report -->\n";

	private static final int WARMUPS = 5;

	private static final int ITERATIONS = 3;

	private static final TimeValue ITERATION = TimeValue.milliseconds(500);

	/** Long enough for the write-ahead log to begin anew many times. */
	private static final int LASTING_WARMUPS = 2;

	private static final TimeValue LASTING_ITERATION = TimeValue.milliseconds(1500);

	/** JVMs that are started for one figure of a start-up. */
	private static final int STARTS = 3;

	private int rounds = 4;

	private Set<Line> lines = EnumSet.allOf(Line.class);

	private Set<Peer> peers = EnumSet.allOf(Peer.class);

	private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

	private Path markdown;

	private String profiler;

	private final List<String> jvmArguments = new ArrayList<>(List.of("-Xmx1g", "--enable-native-access=ALL-UNNAMED"));

	private final Results results = new Results();

	private Main(String[] args) {
		for (String argument : args) {
			String[] parts = argument.split("=", 2);
			String value = (parts.length > 1) ? parts[1] : "";
			switch (parts[0]) {
				case "quick" -> this.rounds = 1;
				case "--rounds" -> this.rounds = Integer.parseInt(value);
				case "--lines" -> this.lines = Arrays.stream(value.split(","))
					.map(Line::of)
					.collect(Collectors.toCollection(this::noLine));
				case "--peers" -> this.peers = Arrays.stream(value.split(","))
					.map(Main::peer)
					.collect(Collectors.toCollection(this::noPeer));
				case "--folder" -> this.folder = Path.of(value);
				case "--markdown" -> this.markdown = Path.of(value);
				case "--profiler" -> this.profiler = value;
				case "--jvm" -> this.jvmArguments.add(value);
				default -> throw new IllegalArgumentException("No option '" + argument + "'");
			}
		}
	}

	public static void main(String[] args) throws Exception {
		Main main;
		try {
			main = new Main(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.err.println(USAGE);
			System.exit(2);
			return;
		}
		main.run();
	}

	private void run() throws IOException, SQLException, InterruptedException {
		Path data = Files.createTempDirectory(Files.createDirectories(this.folder), "heliosdb-benchmarks-");
		try {
			String load = Machine.load();
			fill(data);
			for (int round = 1; round <= this.rounds; round++) {
				runRound(round, data);
			}
			List<String> circumstances = new ArrayList<>();
			circumstances.add("%s; %d rounds; load average %s before, %s after".formatted(LocalDate.now(), this.rounds,
					load, Machine.load()));
			circumstances.addAll(Machine.describe(data, this.peers));
			publish(new Report(this.results, this.peers).markdown(circumstances));
		}
		finally {
			Database.delete(data);
		}
	}

	private void fill(Path data) throws IOException, SQLException {
		for (Peer peer : this.peers) {
			Database.fill(peer, data, Database.ROWS);
		}
		Set<Class<?>> workloads = this.lines.stream().map((line) -> line.workload().type()).collect(Collectors.toSet());
		if (workloads.contains(PastBenchmark.class)) {
			PastDatabase.fill(data, Database.ROWS, PastDatabase.COMMITS, PastDatabase.SPARE_POINTS);
		}
		if (workloads.contains(DifferenceBenchmark.class) || workloads.contains(HistoryShare.class)) {
			MillionRows.fill(data, MillionRows.ROWS);
		}
	}

	private void runRound(int round, Path data) throws InterruptedException {
		for (Line line : this.lines) {
			List<Peer> order = new ArrayList<>(line.peers());
			order.retainAll(this.peers);
			Collections.rotate(order, round);
			for (Peer peer : order) {
				System.out.printf("%d/%d  %-62s %-22s ", round, this.rounds, line.title(), peer.title());
				try {
					double figure = measure(line.workload(), peer, data);
					this.results.add(line, peer, figure);
					System.out.println(line.format(figure));
				}
				catch (RunnerException | IOException | SQLException ex) {
					String message = rootMessage(ex);
					if (message.contains("JMH lock")) {
						throw new IllegalStateException(
								"Other JMH benchmarks run on this machine: wait for them to end", ex);
					}
					this.results.addFailure(line, peer, message);
					System.out.println("failed: " + message);
				}
			}
		}
	}

	/**
	 * Microseconds an operation, over all threads together: the median of the iterations.
	 */
	private double measure(Workload workload, Peer peer, Path data)
			throws RunnerException, IOException, SQLException, InterruptedException {
		if (workload.type() == HistoryShare.class) {
			return HistoryShare.measure(data, HistoryShare.Column.valueOf(workload.method()), HistoryShare.COMMITS);
		}
		if (workload.type() == StartUp.class) {
			double[] starts = new double[STARTS];
			for (int i = 0; i < STARTS; i++) {
				starts[i] = StartUp.measure(peer, data, this.jvmArguments);
			}
			return Results.median(starts);
		}
		List<String> arguments = new ArrayList<>(this.jvmArguments);
		arguments.add("-D" + Database.DATA + "=" + data);
		ChainedOptionsBuilder options = new OptionsBuilder()
			.include("^" + workload.benchmark().replace(".", "\\.") + "$")
			.param("peer", peer.name())
			.mode(Mode.Throughput)
			.timeUnit(TimeUnit.MICROSECONDS)
			.threads(workload.threads())
			.forks(1)
			.warmupIterations(workload.isLasting() ? LASTING_WARMUPS : WARMUPS)
			.warmupTime(workload.isLasting() ? LASTING_ITERATION : ITERATION)
			.measurementIterations(ITERATIONS)
			.measurementTime(workload.isLasting() ? LASTING_ITERATION : ITERATION)
			.shouldFailOnError(true)
			.jvmArgs(arguments.toArray(String[]::new))
			.verbosity((this.profiler != null) ? VerboseMode.NORMAL : VerboseMode.SILENT);
		workload.parameters().forEach(options::param);
		if (this.profiler != null) {
			options.addProfiler(this.profiler);
		}
		RunResult result = new Runner(options.build()).runSingle();
		return Results.median(result.getBenchmarkResults()
			.iterator()
			.next()
			.getIterationResults()
			.stream()
			.mapToDouble((iteration) -> 1 / iteration.getPrimaryResult().getScore() / workload.operations())
			.toArray());
	}

	private void publish(String report) throws IOException {
		System.out.println();
		System.out.println(report);
		if (this.markdown != null) {
			String text = Files.exists(this.markdown) ? Files.readString(this.markdown) : BEGIN + END;
			int begin = text.indexOf(BEGIN);
			int end = text.indexOf(END);
			if (begin < 0 || end < begin) {
				throw new IOException(this.markdown + " has no lines '" + BEGIN.trim() + "' and '" + END.trim() + "'");
			}
			Files.writeString(this.markdown,
					text.substring(0, begin + BEGIN.length()) + "\n" + report + "\n" + text.substring(end));
		}
	}

	private Set<Line> noLine() {
		return EnumSet.noneOf(Line.class);
	}

	private Set<Peer> noPeer() {
		return EnumSet.noneOf(Peer.class);
	}

	private static Peer peer(String name) {
		return Peer.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
	}

	private static String rootMessage(Throwable failure) {
		Throwable root = failure;
		while (root.getCause() != null || root.getSuppressed().length > 0) {
			root = (root.getCause() != null) ? root.getCause() : root.getSuppressed()[0];
		}
		return root.toString();
	}

}
