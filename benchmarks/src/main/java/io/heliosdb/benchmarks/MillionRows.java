package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * A table of a million rows with two indexes, and no history yet.
 */
final class MillionRows {

	static final int ROWS = 1_000_000;

	private static final String FOLDER = "million";

	private MillionRows() {
	}

	/** Creates it, with another number of rows for a test. */
	static void fill(Path data, int rows) throws IOException, SQLException {
		Path folder = Files.createDirectories(data.resolve(FOLDER));
		try (Connection connection = DriverManager.getConnection(Peer.HELIOSDB_WITHOUT_HISTORY.url(folder))) {
			Item.createTable(connection, rows, Item.INDEXES);
		}
	}

	/** Copies it into a new folder, which the caller deletes. */
	static Path copy(Path data) throws IOException {
		Path folder = Files.createTempDirectory(data, "run-");
		Database.copy(data.resolve(FOLDER), folder);
		return folder;
	}

}
