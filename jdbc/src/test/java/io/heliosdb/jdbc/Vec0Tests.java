package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tables of {@code vec0} through the driver, with brute force as oracle. */
class Vec0Tests extends OnFile {

	private static final int DIMENSIONS = 16;

	private static final int ROWS = 400;

	private static final int NEAREST = 10;

	private final Random random = new Random(11);

	/** What the table has, by its key. */
	private final Map<Long, float[]> vectors = new TreeMap<>();

	Vec0Tests() {
		super("?history=on");
	}

	@BeforeEach
	void fill() throws SQLException {
		create("main");
		insert("main");
	}

	private void create(String schema) throws SQLException {
		update("CREATE VIRTUAL TABLE " + schema + ".chunks USING vec0(id INTEGER PRIMARY KEY, embedding float["
				+ DIMENSIONS + "], part INTEGER PARTITION KEY, genre TEXT, +contents TEXT)");
	}

	private void insert(String schema) throws SQLException {
		this.connection.setAutoCommit(false);
		try (PreparedStatement insert = this.connection.prepareStatement(
				"INSERT INTO " + schema + ".chunks(id, embedding, part, genre, contents) VALUES (?, ?, ?, ?, ?)")) {
			for (long id = 1; id <= ROWS; id++) {
				this.vectors.put(id, vector());
				insert.setLong(1, id);
				insert.setObject(2, this.vectors.get(id));
				insert.setLong(3, id % 2);
				insert.setString(4, (id % 3 == 0) ? "crime" : "poems");
				insert.setString(5, "text " + id);
				insert.addBatch();
			}
			insert.executeBatch();
		}
		this.connection.commit();
		this.connection.setAutoCommit(true);
	}

	private void update(String sql, Object... parameters) throws SQLException {
		Sql.update(this.connection, sql, parameters);
	}

	private float[] vector() {
		float[] vector = new float[DIMENSIONS];
		for (int i = 0; i < DIMENSIONS; i++) {
			vector[i] = (float) this.random.nextGaussian();
		}
		return vector;
	}

	private static List<Long> nearest(Map<Long, float[]> vectors, float[] query) {
		return vectors.entrySet()
			.stream()
			.sorted(Comparator.comparingDouble((entry) -> distance(entry.getValue(), query)))
			.limit(NEAREST)
			.map(Map.Entry::getKey)
			.toList();
	}

	private static double distance(float[] a, float[] b) {
		double sum = 0;
		for (int i = 0; i < a.length; i++) {
			sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
		}
		return sum;
	}

	private List<Long> search(String table, float[] query) throws SQLException {
		return search(this.connection, table, query);
	}

	private static List<Long> search(Connection connection, String table, float[] query) throws SQLException {
		return Sql.rows(connection, "SELECT id FROM " + table + " WHERE embedding MATCH ? AND k = ?", query, NEAREST)
			.stream()
			.map((row) -> ((Number) row.get(0)).longValue())
			.toList();
	}

	private long newest() throws SQLException {
		return ((Number) Sql.rows(this.connection, "SELECT heliosdb_scn()").get(0).get(0)).longValue();
	}

	@Test
	void theNearestAreFoundNowAndAsOfAPoint() throws SQLException {
		long before = newest();
		Map<Long, float[]> past = new TreeMap<>(this.vectors);
		float[] query = vector();
		List<Long> first = nearest(past, query);
		for (Long id : first) {
			update("DELETE FROM chunks WHERE id = ?", id);
			this.vectors.remove(id);
		}
		for (long id = 1; id <= ROWS; id += 7) {
			if (this.vectors.containsKey(id)) {
				float[] other = vector();
				update("UPDATE chunks SET embedding = ? WHERE id = ?", other, id);
				this.vectors.put(id, other);
			}
		}
		assertThat(search("chunks", query)).isEqualTo(nearest(this.vectors, query)).doesNotContainAnyElementsOf(first);
		assertThat(search("chunks AS OF SCN " + before, query)).isEqualTo(first);
		try (Connection connection = Sql.open(this.directory, "?history=on&as_of=scn:" + before)) {
			assertThat(search(connection, "chunks", query)).isEqualTo(first);
		}
		update("DROP TABLE chunks");
		assertThat(search("chunks AS OF SCN " + before, query)).isEqualTo(first);
	}

	@Test
	void anAttachedDatabaseHasItsOwnTable() throws SQLException {
		Map<Long, float[]> own = new TreeMap<>(this.vectors);
		update("ATTACH '" + this.directory.resolve("other.db") + "' AS other");
		create("other");
		insert("other");
		float[] query = vector();
		assertThat(search("main.chunks", query)).isEqualTo(nearest(own, query));
		assertThat(search("other.chunks", query)).isEqualTo(nearest(this.vectors, query));
		update("DETACH other");
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "ATTACH '" + this.directory.resolve("other.db") + "' AS other");
			assertThat(search(connection, "other.chunks", query)).isEqualTo(nearest(this.vectors, query));
		}
	}

	@Test
	void rowsThatAreChangedInATransactionAreThereOnceItIsCommittedOnly() throws SQLException {
		float[] query = vector();
		this.connection.setAutoCommit(false);
		update("INSERT INTO chunks(id, embedding, part, genre) VALUES (1000, ?, 0, 'crime')", query);
		assertThat(search("chunks", query)).startsWith(1000L);
		try (Connection other = Sql.open(this.directory, "?history=on")) {
			assertThat(search(other, "chunks", query)).isEqualTo(nearest(this.vectors, query));
		}
		this.connection.rollback();
		assertThat(search("chunks", query)).isEqualTo(nearest(this.vectors, query));
		this.connection.setAutoCommit(true);
		assertThat(Sql.rows(this.connection, "PRAGMA integrity_check")).containsExactly(List.of("ok"));
	}

	@Test
	void aKeyThatTheTableChoseIsReturned() throws SQLException {
		float[] query = vector();
		try (PreparedStatement insert = this.connection.prepareStatement(
				"INSERT INTO chunks(embedding, part, genre, contents) VALUES (?, 1, 'poems', 'new')",
				Statement.RETURN_GENERATED_KEYS)) {
			insert.setObject(1, query);
			assertThat(insert.executeUpdate()).isEqualTo(1);
			try (ResultSet keys = insert.getGeneratedKeys()) {
				assertThat(keys.next()).isTrue();
				long id = keys.getLong(1);
				assertThat(search("chunks", query)).startsWith(id);
				assertThat(Sql.rows(this.connection, "SELECT contents FROM chunks WHERE id = ?", id))
					.containsExactly(List.of("new"));
			}
		}
	}

	@Test
	void conditionsOnKeysAndMetadataAreBoundParameters() throws SQLException {
		float[] query = vector();
		Map<Long, float[]> crime = new TreeMap<>(this.vectors);
		crime.keySet().removeIf((id) -> id % 2 != 1 || id % 3 != 0);
		assertThat(Sql.rows(this.connection,
				"SELECT id FROM chunks WHERE embedding MATCH ? AND k = ? AND part = ? " + "AND genre = ?", query,
				NEAREST, 1, "crime"))
			.extracting((row) -> ((Number) row.get(0)).longValue())
			.isEqualTo(nearest(crime, query));
	}

}
