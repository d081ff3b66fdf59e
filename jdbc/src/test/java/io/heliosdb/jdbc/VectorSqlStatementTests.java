package io.heliosdb.jdbc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

/** Vectors in SQL through the driver, without an index. */
class VectorSqlStatementTests extends OnFile {

	VectorSqlStatementTests() {
		super("");
	}

	private void update(String sql, Object... parameters) throws SQLException {
		Sql.update(this.connection, sql, parameters);
	}

	private static float[] vector(Random random, int dimensions) {
		float[] vector = new float[dimensions];
		for (int i = 0; i < dimensions; i++) {
			vector[i] = (float) random.nextGaussian();
		}
		return vector;
	}

	private static double distance(VectorMetric metric, float[] a, float[] b) {
		double dot = 0;
		double squares = 0;
		double normA = 0;
		double normB = 0;
		for (int i = 0; i < a.length; i++) {
			dot += (double) a[i] * b[i];
			squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
			normA += (double) a[i] * a[i];
			normB += (double) b[i] * b[i];
		}
		return switch (metric) {
			case L2 -> Math.sqrt(squares);
			case COSINE -> 1 - dot / Math.sqrt(normA * normB);
			case INNER_PRODUCT -> -dot;
		};
	}

	@ParameterizedTest
	@EnumSource
	void theNearestRowsAreThoseThatBruteForceFinds(VectorMetric metric) throws SQLException {
		Random random = new Random(3);
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, embedding VECTOR(24))");
		List<float[]> vectors = new ArrayList<>();
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO docs VALUES (?, ?)")) {
			for (int i = 0; i < 300; i++) {
				vectors.add(vector(random, 24));
				insert.setInt(1, i);
				insert.setObject(2, vectors.get(i));
				insert.addBatch();
			}
			insert.executeBatch();
		}
		float[] query = vector(random, 24);
		List<Integer> ids = new ArrayList<>();
		for (int i = 0; i < vectors.size(); i++) {
			ids.add(i);
		}
		ids.sort(Comparator.comparingDouble((id) -> distance(metric, vectors.get(id), query)));
		String operator = metric.operator();
		assertThat(Sql.column(this.connection, "SELECT id FROM docs ORDER BY embedding " + operator + " ? LIMIT 10",
				new Object[] { query }))
			.isEqualTo(ids.subList(0, 10));
		for (List<Object> row : Sql.rows(this.connection,
				"SELECT id, embedding " + operator + " ?1 AS d FROM docs ORDER BY d LIMIT 5 OFFSET 5",
				new Object[] { query })) {
			int id = ((Number) row.get(0)).intValue();
			assertThat(ids.subList(5, 10)).contains(id);
			assertThat((double) row.get(1)).isCloseTo(distance(metric, vectors.get(id), query), within(1e-5));
		}
	}

	@Test
	void vectorsAreArraysBlobsOrTexts() throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(2))");
		update("INSERT INTO docs VALUES (1, ?)", new Object[] { new float[] { 3, 4 } });
		update("INSERT INTO docs VALUES (2, '[3, 4]')");
		update("INSERT INTO docs VALUES (3, x'0000404000008040')");
		assertThat(Sql.column(this.connection, "SELECT e <-> '[0, 0]' FROM docs")).containsOnly(5.0).hasSize(3);
		assertThat(Sql.column(this.connection, "SELECT e <+> x'0000000000000000' FROM docs")).containsOnly(7.0);
		try (Statement statement = this.connection.createStatement();
				ResultSet rows = statement.executeQuery("SELECT e FROM docs")) {
			assertThat(rows.getMetaData().getColumnTypeName(1)).isEqualTo("VECTOR");
			assertThat(rows.getMetaData().getPrecision(1)).isEqualTo(2);
			while (rows.next()) {
				assertThat(rows.getObject(1, float[].class)).containsExactly(3, 4);
			}
		}
	}

	@Test
	void rowsWithoutAVectorComeLast() throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(1))");
		update("INSERT INTO docs VALUES (1, NULL), (2, '[5]'), (3, '[1]'), (4, NULL)");
		assertThat(Sql.column(this.connection, "SELECT id FROM docs ORDER BY e <-> '[0]', id")).containsExactly(3, 2, 1,
				4);
		assertThat(Sql.column(this.connection, "SELECT id FROM docs ORDER BY e <-> '[0]' LIMIT 3")).startsWith(3, 2);
		assertThat(Sql.column(this.connection, "SELECT id FROM docs ORDER BY e <-> '[0]' DESC LIMIT 2"))
			.containsExactly(2, 3);
	}

	@Test
	void eachTableHasItsOwnPoint() throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(1))");
		update("INSERT INTO docs VALUES (1, '[1]'), (2, '[2]')");
		long scn = Sql.number(this.connection, "PRAGMA heliosdb_scn");
		update("UPDATE docs SET e = '[9]' WHERE id = 1");
		assertThat(Sql.column(this.connection, "SELECT id FROM docs AS OF SCN ? ORDER BY e <-> ? LIMIT 1", scn,
				new float[] { 0 }))
			.containsExactly(1);
		assertThat(Sql.column(this.connection, "SELECT id FROM docs ORDER BY e <-> ? LIMIT 1",
				new Object[] { new float[] { 0 } }))
			.containsExactly(2);
		assertThat(Sql.column(this.connection,
				"SELECT past.e <-> now.e FROM docs now JOIN docs AS OF SCN ? past USING (id) ORDER BY id", scn))
			.containsExactly(8.0, 0.0);
	}

	@Test
	void operatorsWorkInViewsTriggersAndScripts() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(1), d REAL); "
					+ "CREATE VIEW near AS SELECT id, e <-> '[1]' AS d FROM docs; "
					+ "CREATE TRIGGER far AFTER INSERT ON docs BEGIN "
					+ "UPDATE docs SET d = new.e <-> '[0]' WHERE id = new.id; END; "
					+ "INSERT INTO docs (id, e) VALUES (1, '[3]')");
		}
		assertThat(Sql.rows(this.connection, "SELECT near.d, docs.d FROM near JOIN docs USING (id)"))
			.containsExactly(List.of(2.0, 3.0));
	}

	@ParameterizedTest
	@ValueSource(strings = { "[1, 2, 3]", "[1]", "[]", "1, 2", "[1, NaN]", "hello", "[1, 2" })
	void aTextThatIsNoVectorOfTheColumnIsRefused(String text) throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(2))");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> update("INSERT INTO docs (e) VALUES (?)", text))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo(SqlState.CHECK_VIOLATION.code()))
			.withMessageContaining("VECTOR(2) e");
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM docs")).isZero();
	}

	@Test
	void aVectorOfAnotherDimensionIsRefusedWithBothDimensions() throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(2))");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> update("INSERT INTO docs VALUES (1, ?)", new Object[] { new float[] { 1, 2, 3 } }))
			.withMessageContaining("VECTOR(2) e")
			.withMessageContaining("parameter 1 has 3");
		update("INSERT INTO docs VALUES (1, NULL)");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> update("UPDATE docs SET e = 7"))
			.withMessageContaining("VECTOR(2) e");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.column(this.connection, "SELECT '[1, 2]' <-> '[1]'"))
			.satisfies((ex) -> assertThat(ex.getMessage()).contains("1", "2"));
	}

	@Test
	void anArrayWithNaNOrInfinityIsRefusedWithItsPlace() throws SQLException {
		for (float bad : new float[] { Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY }) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> Sql.column(this.connection, "SELECT ?", new Object[] { new float[] { 1, bad } }))
				.withMessageContaining("Number 2 of the vector of parameter 1 is " + bad);
		}
	}

	@Test
	@Tag(Sql.PLAIN)
	void stockSqliteReadsAndWritesTheTable() throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, e VECTOR(2))");
		update("INSERT INTO docs VALUES (1, ?)", new Object[] { new float[] { 3, 4 } });
		this.connection.close();
		byte[] vector = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(6).putFloat(8).array();
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite:" + this.directory.resolve("test.db"))) {
			assertThat(Sql.number(stock, "SELECT length(e) FROM docs")).isEqualTo(8);
			try (PreparedStatement insert = stock.prepareStatement("INSERT INTO docs VALUES (2, ?)")) {
				insert.setBytes(1, vector);
				insert.executeUpdate();
				insert.setBytes(1, new byte[4]);
				assertThatExceptionOfType(SQLException.class).isThrownBy(insert::executeUpdate)
					.withMessageContaining("CHECK");
			}
		}
		openConnection();
		assertThat(Sql.column(this.connection, "SELECT e <-> '[0, 0]' FROM docs ORDER BY id")).containsExactly(5.0,
				10.0);
	}

	@Test
	void aSyntaxErrorNamesThePlace() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.column(this.connection, "SELECT <-> '[1]'"))
			.withMessageContaining("needs a vector before it")
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo(SqlState.SYNTAX_ERROR.code()));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.column(this.connection, "SELECT a <-> '[1]' FROM absent ORDER BY 1"))
			.withMessageContaining("no such table: absent")
			.withMessageContaining("a <-> '[1]'");
	}

	@Test
	void theBeamIsASettingOfTheConnection() throws SQLException {
		assertThat(Sql.column(this.connection, "PRAGMA heliosdb_vector_beam")).containsOnlyNulls();
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_vector_beam = 64")).isEqualTo(64);
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_vector_beam = ?", 32)).isEqualTo(32);
		assertThat(Sql.number(this.connection, "PRAGMA heliosdb_vector_beam")).isEqualTo(32);
		assertThat(Sql.column(this.connection, "PRAGMA heliosdb_vector_beam = default")).containsOnlyNulls();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> Sql.number(this.connection, "PRAGMA heliosdb_vector_beam = 0"))
			.withMessageContaining("vector_beam");
		try (Connection other = Sql.open(this.directory, "?vector_beam=16")) {
			assertThat(Sql.number(other, "PRAGMA heliosdb_vector_beam")).isEqualTo(16);
		}
	}

}
