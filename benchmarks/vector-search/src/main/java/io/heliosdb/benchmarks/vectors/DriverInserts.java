package io.heliosdb.benchmarks.vectors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;

/**
 * What inserts and searches take through the driver, with history, on the vectors that
 * {@code vector_search prepare} wrote: {@code DriverInserts <directory>}.
 */
public final class DriverInserts {

	private static final int DIMENSIONS = 384;

	private static final int NEAREST = 10;

	/** Inserts that are measured, of the last vectors. */
	private static final int MEASURED = 10_000;

	private static final int BATCH = 1000;

	private static final int PASSES = 3;

	private DriverInserts() {
	}

	/**
	 * Runs the program.
	 * @param args the directory
	 * @throws IOException if a file cannot be read
	 * @throws SQLException if the driver fails
	 */
	public static void main(String[] args) throws IOException, SQLException {
		Path directory = Path.of(args[0]);
		for (boolean indexed : new boolean[] { false, true }) {
			for (int batch : new int[] { BATCH, 1 }) {
				insert(directory, indexed, batch);
			}
		}
		search(directory);
	}

	private static String url(Path directory) {
		return "jdbc:heliosdb:" + directory.resolve("driver.db");
	}

	/** Makes the database anew with all rows but the last, and inserts these. */
	private static void insert(Path directory, boolean indexed, int batch) throws IOException, SQLException {
		for (String name : new String[] { "driver.db", "driver.db-history", "driver.db-wal", "driver.db-shm" }) {
			Files.deleteIfExists(directory.resolve(name));
		}
		try (FileChannel vectors = FileChannel.open(directory.resolve("stored.f32"))) {
			int count = (int) (vectors.size() / (4 * DIMENSIONS));
			try (Connection connection = DriverManager.getConnection(url(directory));
					Statement statement = connection.createStatement()) {
				statement.execute("CREATE TABLE docs (id INTEGER PRIMARY KEY, embedding VECTOR(" + DIMENSIONS + "))");
				insert(connection, vectors, 0, count - MEASURED, BATCH);
				if (indexed) {
					statement.execute("CREATE INDEX docs_embedding ON docs USING vector (embedding vector_cosine_ops)");
				}
			}
			// With the last connection the logs end.
			Path history = directory.resolve("driver.db-history");
			long before = Files.size(history);
			double time;
			try (Connection connection = DriverManager.getConnection(url(directory))) {
				time = insert(connection, vectors, count - MEASURED, count, batch);
			}
			System.out.printf("driver, %s, %s a transaction: %.1f us a row, %.0f bytes of history a row%n",
					indexed ? "with index" : "table alone", (batch > 1) ? batch + " rows" : "a row", time,
					(double) (Files.size(history) - before) / MEASURED);
		}
	}

	/** Returns microseconds a row. */
	private static double insert(Connection connection, FileChannel vectors, int from, int to, int batch)
			throws IOException, SQLException {
		connection.setAutoCommit(batch == 1);
		long start = System.nanoTime();
		try (PreparedStatement insert = connection.prepareStatement("INSERT INTO docs VALUES (?, ?)")) {
			for (int i = from; i < to; i++) {
				insert.setInt(1, i + 1);
				insert.setObject(2, vector(vectors, i));
				if (batch == 1) {
					insert.executeUpdate();
					continue;
				}
				insert.addBatch();
				if ((i + 1 - from) % batch == 0 || i + 1 == to) {
					insert.executeBatch();
					connection.commit();
				}
			}
		}
		connection.setAutoCommit(true);
		return (System.nanoTime() - start) / 1e3 / (to - from);
	}

	private static void search(Path directory) throws IOException, SQLException {
		ByteBuffer truth = ByteBuffer.wrap(Files.readAllBytes(directory.resolve("truth.i32")))
			.order(ByteOrder.LITTLE_ENDIAN);
		try (FileChannel queries = FileChannel.open(directory.resolve("queries.f32"));
				Connection connection = DriverManager.getConnection(url(directory));
				PreparedStatement search = connection
					.prepareStatement("SELECT id FROM docs ORDER BY embedding <=> ? LIMIT " + NEAREST)) {
			int count = (int) (queries.size() / (4 * DIMENSIONS));
			double[] times = new double[count];
			int hits = 0;
			for (int pass = 0; pass < PASSES; pass++) {
				hits = 0;
				for (int q = 0; q < count; q++) {
					float[] query = vector(queries, q);
					long start = System.nanoTime();
					search.setObject(1, query);
					try (ResultSet rows = search.executeQuery()) {
						while (rows.next()) {
							hits += isNear(truth, q, rows.getInt(1)) ? 1 : 0;
						}
					}
					times[q] = (System.nanoTime() - start) / 1e3;
				}
			}
			Arrays.sort(times);
			System.out.printf("driver                  default  recall@10 %.4f  p50 %8.0f us  p99 %8.0f us%n",
					(double) hits / (count * NEAREST), times[count / 2], times[count * 99 / 100]);
		}
	}

	private static boolean isNear(ByteBuffer truth, int query, int id) {
		for (int k = 0; k < NEAREST; k++) {
			if (truth.getInt(4 * (query * NEAREST + k)) == id) {
				return true;
			}
		}
		return false;
	}

	private static float[] vector(FileChannel file, int number) throws IOException {
		ByteBuffer bytes = ByteBuffer.allocate(4 * DIMENSIONS).order(ByteOrder.LITTLE_ENDIAN);
		while (bytes.hasRemaining() && file.read(bytes, 4L * DIMENSIONS * number + bytes.position()) >= 0) {
			continue;
		}
		float[] vector = new float[DIMENSIONS];
		bytes.flip().asFloatBuffer().get(vector);
		return vector;
	}

}
