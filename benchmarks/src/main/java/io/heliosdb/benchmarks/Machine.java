package io.heliosdb.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

import com.sun.management.OperatingSystemMXBean;
import com.zaxxer.hikari.HikariDataSource;

/**
 * What a run ran on.
 */
final class Machine {

	private static final OperatingSystemMXBean SYSTEM = ManagementFactory
		.getPlatformMXBean(OperatingSystemMXBean.class);

	private Machine() {
	}

	static List<String> describe(Path data, Set<Peer> peers) throws IOException, SQLException {
		List<String> lines = new ArrayList<>();
		lines.add("Processor: %s, %d cores; memory: %.0f GB; system: %s %s %s; files on %s".formatted(processor(),
				Runtime.getRuntime().availableProcessors(), SYSTEM.getTotalMemorySize() / 1e9,
				System.getProperty("os.name"), System.getProperty("os.version"), System.getProperty("os.arch"),
				Files.getFileStore(data).type()));
		lines.add("JVM: %s %s".formatted(System.getProperty("java.vm.name"), System.getProperty("java.vm.version")));
		for (Peer peer : peers) {
			lines.add(version(peer, data) + ". " + peer.durability());
		}
		return lines;
	}

	/** How busy the machine is: processes that run or want to, over the last minute. */
	static String load() {
		return String.format(Locale.ROOT, "%.1f", SYSTEM.getSystemLoadAverage());
	}

	private static String version(Peer peer, Path data) throws SQLException {
		try (HikariDataSource pool = peer.pool(data.resolve(peer.name()));
				Connection connection = pool.getConnection()) {
			DatabaseMetaData metaData = connection.getMetaData();
			return "%s %s (driver %s)".formatted(peer.title(), metaData.getDatabaseProductVersion(),
					metaData.getDriverVersion());
		}
	}

	private static String processor() throws IOException {
		Path info = Path.of("/proc/cpuinfo");
		if (!Files.isReadable(info)) {
			return System.getProperty("os.arch");
		}
		try (Stream<String> lines = Files.lines(info, StandardCharsets.UTF_8)) {
			return lines.filter((line) -> line.startsWith("model name"))
				.map((line) -> line.substring(line.indexOf(':') + 1).trim())
				.findFirst()
				.orElse(System.getProperty("os.arch"));
		}
	}

}
