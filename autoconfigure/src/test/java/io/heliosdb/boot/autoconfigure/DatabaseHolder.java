package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/** Another JVM that has a database open until it is closed. */
final class DatabaseHolder implements AutoCloseable {

	private final Process process;

	private DatabaseHolder(Process process) {
		this.process = process;
	}

	static DatabaseHolder start(Path file) throws IOException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Process process = new ProcessBuilder(List.of(java, "-cp", System.getProperty("java.class.path"),
				"--enable-native-access=ALL-UNNAMED", DatabaseHolder.class.getName(), file.toString()))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		if (process.getInputStream().read() != '!') {
			throw new IOException("The other JVM could not open " + file);
		}
		return new DatabaseHolder(process);
	}

	long pid() {
		return this.process.pid();
	}

	@Override
	public void close() throws IOException {
		this.process.getOutputStream().close();
		this.process.onExit().join();
	}

	/**
	 * Opens a database, says so, and waits for the end of the input.
	 * @param args the database's file
	 * @throws SQLException if it cannot be opened
	 * @throws IOException if nobody is there to be told
	 */
	public static void main(String[] args) throws SQLException, IOException {
		try (Connection connection = DriverManager.getConnection("jdbc:heliosdb:" + args[0])) {
			System.out.write(connection.isValid(1) ? '!' : '?');
			System.out.flush();
			System.in.readAllBytes();
		}
	}

}
