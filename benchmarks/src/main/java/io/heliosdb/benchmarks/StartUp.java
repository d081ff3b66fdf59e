package io.heliosdb.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A JVM that opens a pool on an existing database, looks up one row, and ends. JMH does
 * not measure whole processes, so this does it itself.
 */
final class StartUp {

	private StartUp() {
	}

	/** The process that is measured: peer, folder. */
	public static void main(String[] args) {
		try (HikariDataSource pool = Peer.valueOf(args[0]).pool(Path.of(args[1]))) {
			Item item = new JdbcTemplate(pool).queryForObject(Item.LOOKUP, (row, number) -> Item.read(row), 42);
			System.out.println(item);
		}
	}

	/**
	 * From the start of the process to the row on its standard output.
	 * @return microseconds
	 */
	static double measure(Peer peer, Path data, List<String> jvmArguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(jvmArguments);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), StartUp.class.getName()));
		command.addAll(List.of(peer.name(), data.resolve(peer.name()).toString()));
		ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
		long started = System.nanoTime();
		Process process = builder.start();
		try (BufferedReader output = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			String answer = output.readLine();
			double micros = (System.nanoTime() - started) / 1e3;
			if (process.waitFor() != 0 || !Item.of(42).toString().equals(answer)) {
				throw new IOException("expected " + Item.of(42) + ", got " + answer);
			}
			return micros;
		}
	}

}
