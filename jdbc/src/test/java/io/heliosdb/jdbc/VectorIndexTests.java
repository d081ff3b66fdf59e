package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Searches that an index drives give the rows that the same searches give without one:
 * the oracle is a table of the same rows without an index. The beam is as wide as the
 * index.
 */
class VectorIndexTests {

	private static final int DIMENSIONS = 16;

	private static final int ROWS = 600;

	@TempDir
	private Path directory;

	private Connection connection;

	private final Random random = new Random(8);

	@BeforeEach
	void open() throws SQLException {
		this.connection = Sql.open(this.directory, "?vector_beam=65535");
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
	}

	private void update(String sql, Object... parameters) throws SQLException {
		Sql.update(this.connection, sql, parameters);
	}

	private List<List<Object>> rows(String sql, Object... parameters) throws SQLException {
		List<List<Object>> rows = Sql.rows(this.connection, sql, parameters);
		rows.forEach(
				(row) -> row.replaceAll((value) -> (value instanceof byte[] blob) ? Arrays.toString(blob) : value));
		return rows;
	}

	private float[] vector() {
		float[] vector = new float[DIMENSIONS];
		for (int i = 0; i < DIMENSIONS; i++) {
			vector[i] = (float) this.random.nextGaussian();
		}
		return vector;
	}

	/** The tables docs, with an index, and plain, without, have the same rows. */
	private void tables(String operatorClass) throws SQLException {
		for (String table : List.of("docs", "plain")) {
			update("CREATE TABLE " + table + " (id INTEGER PRIMARY KEY, code TEXT UNIQUE, lang TEXT, n INTEGER, "
					+ "embedding VECTOR(" + DIMENSIONS + "))");
		}
		update("CREATE TABLE tag (doc INTEGER, name TEXT)");
		this.connection.setAutoCommit(false);
		try (PreparedStatement insert = this.connection.prepareStatement("INSERT INTO docs VALUES (?, ?, ?, ?, ?)")) {
			for (int i = 1; i <= ROWS; i++) {
				insert.setInt(1, i);
				insert.setString(2, "c" + i);
				insert.setString(3, (i % 3 == 0) ? "de" : "en");
				insert.setInt(4, i % 100);
				insert.setObject(5, (i % 50 == 0) ? null : vector());
				insert.addBatch();
			}
			insert.executeBatch();
		}
		update("INSERT INTO plain SELECT * FROM docs");
		update("INSERT INTO tag SELECT id, 't' || (id % 7) FROM plain");
		update("CREATE INDEX docs_embedding ON docs USING vector (embedding " + operatorClass + ")");
		this.connection.commit();
		this.connection.setAutoCommit(true);
	}

	private String plan(String sql, Object... parameters) throws SQLException {
		StringBuilder plan = new StringBuilder();
		rows("EXPLAIN QUERY PLAN " + sql, parameters).forEach((row) -> plan.append(row.get(3)).append('\n'));
		return plan.toString();
	}

	private boolean usesIndex(String sql, Object... parameters) throws SQLException {
		return plan(sql, parameters).contains("heliosdb_nearest VIRTUAL TABLE");
	}

	/** The statement's table is DOCS. */
	private void assertSame(String sql, Object... parameters) throws SQLException {
		String driven = sql.replace("DOCS", "docs");
		assertThat(usesIndex(driven, parameters)).as(driven).isTrue();
		assertThat(rows(driven, parameters)).as(driven)
			.isNotEmpty()
			.isEqualTo(rows(sql.replace("DOCS", "plain"), parameters));
	}

	@ParameterizedTest
	@EnumSource
	void anySearchGivesWhatItGivesWithoutAnIndex(VectorMetric metric) throws SQLException {
		tables(metric.operatorClass());
		for (String template : List.of("SELECT * FROM DOCS ORDER BY embedding <=> ?1 LIMIT 10",
				"SELECT d.id, d.embedding <=> ?1 AS distance FROM DOCS d ORDER BY distance LIMIT 7 OFFSET 5",
				"SELECT id FROM DOCS WHERE lang = 'de' AND n < 50 ORDER BY ?1 <=> embedding ASC LIMIT 20",
				"SELECT id FROM DOCS WHERE n = 17 ORDER BY embedding <=> ?1 LIMIT 10",
				"SELECT id FROM DOCS WHERE n = 17 OR n = 50 ORDER BY embedding <=> ?1, id LIMIT 100",
				"SELECT id FROM DOCS ORDER BY embedding <=> ?1, rowid LIMIT 599",
				"SELECT d.id, t.name FROM DOCS d JOIN tag t ON t.doc = d.id WHERE t.name = 't3' "
						+ "ORDER BY d.embedding <=> ?1 LIMIT 10",
				"SELECT d.id, t.name FROM tag t, DOCS d WHERE t.doc = d.id ORDER BY d.embedding <=> ?1 LIMIT 10",
				"SELECT d.id, t.name FROM DOCS d LEFT JOIN tag t ON t.doc = d.id AND t.name = 't3' "
						+ "ORDER BY d.embedding <=> ?1 LIMIT 10",
				"SELECT count(*), sum(id) FROM (SELECT id FROM DOCS ORDER BY embedding <=> ?1 LIMIT 30)",
				"WITH near AS (SELECT id, embedding <=> ?1 AS d FROM DOCS ORDER BY d LIMIT 9) "
						+ "SELECT lang, min(d) FROM near JOIN plain USING (id) GROUP BY lang ORDER BY lang",
				"SELECT q.id, (SELECT d.id FROM DOCS d WHERE d.id <> q.id ORDER BY d.embedding <=> q.embedding LIMIT 1) "
						+ "FROM plain q WHERE q.id < 20 AND ?1 IS NOT NULL",
				"SELECT id FROM DOCS WHERE (embedding <=> ?1) IS NULL ORDER BY embedding <=> ?1, id LIMIT 3",
				"SELECT id FROM DOCS ORDER BY embedding <=> (SELECT embedding FROM plain WHERE id = 7) LIMIT 4 + 0 * "
						+ "length(?1)")) {
			assertSame(template.replace("<=>", metric.operator()), new Object[] { vector() });
		}
	}

	@Test
	void aBoundOfTheDistanceHolds() throws SQLException {
		tables("vector_l2_ops");
		float[] query = vector();
		List<List<Object>> distances = rows("SELECT embedding <-> ? FROM plain ORDER BY 1 NULLS LAST LIMIT 40",
				new Object[] { query });
		double bound = (double) distances.get(20).get(0);
		assertSame("SELECT id FROM DOCS WHERE embedding <-> ?1 < ?2 ORDER BY embedding <-> ?1 LIMIT 100", query, bound);
		assertSame(
				"SELECT id FROM DOCS WHERE lang = 'en' AND embedding <-> ?1 <= ?2 ORDER BY embedding <-> ?1 LIMIT 100",
				query, bound);
	}

	@Test
	void otherMetricsAndColumnsAreComparedExactly() throws SQLException {
		tables("vector_l2_ops");
		assertThat(usesIndex("SELECT id FROM docs ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() }))
			.isFalse();
		assertThat(usesIndex("SELECT id FROM docs ORDER BY +(embedding <-> ?) LIMIT 5", new Object[] { vector() }))
			.isFalse();
		assertThat(usesIndex("WITH docs AS (SELECT * FROM plain) SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5",
				new Object[] { vector() }))
			.isFalse();
		update("CREATE TEMP TABLE docs (id INTEGER PRIMARY KEY, embedding)");
		assertThat(usesIndex("SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5", new Object[] { vector() }))
			.isFalse();
		assertThat(usesIndex("SELECT id FROM main.docs ORDER BY embedding <-> ? LIMIT 5", new Object[] { vector() }))
			.isTrue();
	}

	@Test
	void aFewRowsAreLookedUpWithoutTheIndex() throws SQLException {
		tables("vector_l2_ops");
		String search = "SELECT id FROM docs WHERE CONDITION ORDER BY embedding <-> ? LIMIT 5";
		for (String condition : List.of("id = 7", "code = 'c7'", "id IN (1, 2, 3)")) {
			assertThat(usesIndex(search.replace("CONDITION", condition), new Object[] { vector() })).as(condition)
				.isFalse();
		}
		update("CREATE INDEX docs_n ON docs (n)");
		assertThat(usesIndex(search.replace("CONDITION", "n = 7"), new Object[] { vector() }))
			.as("nobody knows how many rows that are")
			.isTrue();
		update("ANALYZE");
		assertThat(usesIndex(search.replace("CONDITION", "n = 7"), new Object[] { vector() })).isFalse();
		assertThat(rows(search.replace("CONDITION", "n = 7"), new Object[] { vector() })).hasSize(5);
	}

	@Test
	void aPreparedSearchSeesTheIndexComeAndGo() throws SQLException {
		tables("vector_l2_ops");
		float[] query = vector();
		try (PreparedStatement plan = this.connection
			.prepareStatement("EXPLAIN QUERY PLAN SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5");
				PreparedStatement search = this.connection
					.prepareStatement("SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5")) {
			plan.setObject(1, query);
			search.setObject(1, query);
			List<List<Object>> expected = Sql.rows(search.executeQuery());
			assertThat(planOf(plan)).contains("VIRTUAL TABLE");
			update("DROP INDEX docs_embedding");
			assertThat(planOf(plan)).doesNotContain("VIRTUAL TABLE");
			assertThat(Sql.rows(search.executeQuery())).isEqualTo(expected);
			try (Connection other = Sql.open(this.directory, "?vector_beam=65535")) {
				Sql.update(other, "CREATE INDEX another ON docs USING hnsw (embedding)");
			}
			assertThat(planOf(plan)).contains("VIRTUAL TABLE");
			assertThat(Sql.rows(search.executeQuery())).isEqualTo(expected);
		}
	}

	private static String planOf(PreparedStatement plan) throws SQLException {
		try (ResultSet rows = plan.executeQuery()) {
			return Sql.rows(rows).toString();
		}
	}

	@Test
	void dropReindexAndRename() throws SQLException {
		tables("vector_cosine_ops");
		update("REINDEX docs_embedding");
		assertSame("SELECT id FROM DOCS ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() });
		update("ALTER TABLE docs RENAME TO texts");
		update("ALTER TABLE texts RENAME COLUMN embedding TO e");
		float[] query = vector();
		assertThat(usesIndex("SELECT id FROM texts ORDER BY e <=> ? LIMIT 5", new Object[] { query })).isTrue();
		assertThat(rows("SELECT id FROM texts ORDER BY e <=> ? LIMIT 5", new Object[] { query }))
			.isEqualTo(rows("SELECT id FROM plain ORDER BY embedding <=> ? LIMIT 5", new Object[] { query }));
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> update("DROP INDEX nothing_of_that_name"))
			.withMessageContaining("no such index");
		update("DROP INDEX IF EXISTS nothing_of_that_name");
		update("DROP INDEX docs_embedding");
		assertThat(usesIndex("SELECT id FROM texts ORDER BY e <=> ? LIMIT 5", new Object[] { query })).isFalse();
		update("DROP INDEX IF EXISTS docs_embedding");
		assertThat(rows("SELECT name FROM sqlite_schema WHERE name LIKE 'docs%'")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "REINDEX docs_embedding", "REINDEX main.docs_embedding", "REINDEX docs",
			"REINDEX main.docs", "REINDEX" })
	void reindexBuildsTheIndexAnew(String reindex) throws SQLException {
		tables("vector_cosine_ops");
		String seen = "SELECT value FROM docs_embedding_config WHERE key = 'structure'";
		Object before = rows(seen).get(0).get(0);
		update("REINDEX plain");
		update("REINDEX nocase");
		assertThat(rows(seen).get(0).get(0)).isEqualTo(before);
		update(reindex);
		assertThat(rows(seen).get(0).get(0)).isNotEqualTo(before);
		assertSame("SELECT id FROM DOCS ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() });
	}

	/**
	 * With a narrow beam, and so with lists that are scanned late: rows come sorted, each
	 * one once, and all of them if all are wanted.
	 */
	@ParameterizedTest
	@EnumSource
	void rowsAreSortedHoweverManyAreWanted(VectorMetric metric) throws SQLException {
		tables(metric.operatorClass());
		update("INSERT INTO docs (lang, n, embedding) SELECT a.lang, a.n, vec_add(a.embedding, b.embedding) "
				+ "FROM docs a, docs b WHERE b.id < 8 AND a.embedding IS NOT NULL");
		update("INSERT INTO plain SELECT * FROM docs WHERE id > " + ROWS);
		update("PRAGMA heliosdb_vector_beam = 1");
		int count = (int) Sql.number(this.connection, "SELECT count(*) FROM plain");
		assertThat(count).isGreaterThan(4000);
		String distance = "embedding " + metric.operator() + " ?1";
		float[] query = vector();
		for (String condition : List.of("", "WHERE n = 17", "WHERE id % 2 = 0 AND lang = 'de'")) {
			List<List<Object>> all = rows(
					"SELECT id, " + distance + " AS d FROM plain " + condition + " ORDER BY d, id",
					new Object[] { query });
			Map<List<Object>, Integer> places = new HashMap<>();
			all.forEach((row) -> places.put(row, places.size()));
			for (int limit : new int[] { 1, 20, 21, 100, 1000, count / 2, count, -1 }) {
				for (int offset : new int[] { 0, 7, 90 }) {
					String search = "SELECT id, " + distance + " AS d FROM docs " + condition + " ORDER BY d, id LIMIT "
							+ limit + " OFFSET " + offset;
					List<List<Object>> found = rows(search, new Object[] { query });
					assertThat(usesIndex(search, new Object[] { query })).isTrue();
					int expected = Math.max(0, all.size() - offset);
					assertThat(found).as(search).hasSize((limit < 0) ? expected : Math.min(limit, expected));
					List<Integer> at = found.stream().map(places::get).toList();
					assertThat(at).as(search).doesNotContainNull().isSorted();
					assertThat(new HashSet<>(at)).as(search).hasSameSizeAs(at);
					if (limit < 0 || limit >= all.size()) {
						assertThat(found).as(search).isEqualTo(all.subList(Math.min(offset, all.size()), all.size()));
					}
				}
			}
		}
		List<List<Object>> joined = rows(
				"SELECT d.id, t.name FROM docs d JOIN tag t ON t.doc % 40 = d.id % 40 "
						+ "WHERE t.name = 't3' AND d.n % 10 = 3 ORDER BY d." + distance + " LIMIT 300",
				new Object[] { query });
		assertThat(joined).hasSize(300);
	}

	@Test
	void droppingTheTableDropsItsIndexesWithItOrNothing() throws SQLException {
		tables("vector_cosine_ops");
		update("CREATE INDEX docs_l2 ON docs USING vector (embedding)");
		update("CREATE TABLE child (doc INTEGER REFERENCES docs)");
		update("INSERT INTO child VALUES (7)");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> update("DROP TABLE docs"))
			.withMessageContaining("FOREIGN KEY");
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'docs_l2'")).isOne();
		assertSame("SELECT id FROM DOCS ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() });
		this.connection.setAutoCommit(false);
		update("DELETE FROM child");
		update("DROP TABLE docs");
		this.connection.rollback();
		this.connection.setAutoCommit(true);
		assertSame("SELECT id FROM DOCS ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() });
		update("DROP TABLE child");
		update("DROP TABLE docs");
		assertThat(rows("SELECT name FROM sqlite_schema WHERE name LIKE 'docs%'")).isEmpty();
		update("DROP TABLE IF EXISTS docs");
	}

	@Test
	void droppingTheColumnDropsItsIndex() throws SQLException {
		tables("vector_cosine_ops");
		update("ALTER TABLE docs DROP COLUMN n");
		assertThat(usesIndex("SELECT id FROM docs ORDER BY embedding <=> ? LIMIT 5", new Object[] { vector() }))
			.isTrue();
		update("ALTER TABLE docs DROP COLUMN embedding");
		assertThat(rows("SELECT name FROM sqlite_schema WHERE name LIKE 'docs_e%'")).isEmpty();
	}

	@Test
	void aUniqueIndexMayComeLater() throws SQLException {
		tables("vector_l2_ops");
		update("UPDATE docs SET n = id");
		update("UPDATE plain SET n = id");
		update("CREATE UNIQUE INDEX docs_n ON docs (n)");
		update("CREATE UNIQUE INDEX plain_n ON plain (n)");
		float[] moved = vector();
		for (String table : List.of("docs", "plain")) {
			update("INSERT OR REPLACE INTO " + table + " (id, n, embedding) VALUES (1000, 7, ?)",
					new Object[] { moved });
		}
		assertSame("SELECT id FROM DOCS ORDER BY embedding <-> ?, id LIMIT 600", new Object[] { vector() });
		update("DROP INDEX docs_n");
		update("INSERT INTO docs (id, n) VALUES (1001, 7)");
	}

	@Test
	void thePastIsSearchedByTheIndexOfThen() throws SQLException {
		tables("vector_l2_ops");
		float[] query = vector();
		long scn = Sql.number(this.connection, "PRAGMA heliosdb_scn");
		String search = "SELECT id FROM docs AS OF SCN ? ORDER BY embedding <-> ? LIMIT 10";
		List<List<Object>> expected = rows("SELECT id FROM plain ORDER BY embedding <-> ? LIMIT 10",
				new Object[] { query });
		update("DELETE FROM docs WHERE id IN (SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5)",
				new Object[] { query });
		assertThat(rows("SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5", new Object[] { query }))
			.isEqualTo(expected.subList(5, 10));
		assertThat(usesIndex(search, scn, query)).isTrue();
		assertThat(rows(search, scn, query)).isEqualTo(expected);
		update("DROP INDEX docs_embedding");
		assertThat(usesIndex(search, scn, query)).isTrue();
		assertThat(rows(search, scn, query)).isEqualTo(expected);
		assertThat(rows("SELECT id FROM docs ORDER BY embedding <-> ? LIMIT 5", new Object[] { query }))
			.isEqualTo(expected.subList(5, 10));
	}

	@Test
	void metaDataShowsTheIndexAndNotItsTables() throws SQLException {
		tables("vector_l2_ops");
		List<String> tables = new ArrayList<>();
		try (ResultSet rows = this.connection.getMetaData().getTables(null, null, "docs%", null)) {
			while (rows.next()) {
				tables.add(rows.getString("TABLE_NAME"));
			}
		}
		assertThat(tables).containsExactly("docs");
		List<String> indexes = new ArrayList<>();
		try (ResultSet rows = this.connection.getMetaData().getIndexInfo(null, null, "docs", false, true)) {
			while (rows.next()) {
				indexes.add(rows.getString("INDEX_NAME") + " " + rows.getString("COLUMN_NAME"));
			}
		}
		assertThat(indexes).contains("docs_embedding embedding").hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "distance", "query", "beam", "command", "rowid", "docs" })
	void columnsMayHaveAnyName(String name) throws SQLException {
		update("CREATE TABLE docs (id INTEGER PRIMARY KEY, " + name + " VECTOR(1))");
		update("CREATE INDEX " + (name.equals("docs") ? "docs_i" : name) + " ON docs USING vector (" + name + ")");
		for (int i = 1; i <= 3; i++) {
			update("INSERT INTO docs VALUES (?, ?)", i, new float[] { i });
		}
		String search = "SELECT * FROM docs WHERE " + name + " IS NOT NULL ORDER BY " + name + " <-> ? LIMIT 2";
		Object[] query = { new float[] { 3 } };
		assertThat(usesIndex(search, query)).isTrue();
		assertThat(rows(search, query)).containsExactly(List.of(3, "[0, 0, 64, 64]"), List.of(2, "[0, 0, 0, 64]"));
	}

	@Test
	void aCollectionHasItsIndexAndABeam() throws SQLException {
		try (HeliosDataSource dataSource = new HeliosDataSource(Sql.url(this.directory, ""))) {
			VectorCollection docs = new VectorSearch(dataSource)
				.createCollection(VectorCollectionDefinition.of("notes", DIMENSIONS));
			List<VectorDocument> documents = new ArrayList<>();
			for (int i = 0; i < ROWS; i++) {
				documents.add(VectorDocument.of("n" + i, "text " + i, Map.of("n", i), vector()));
			}
			docs.add(documents);
			VectorQuery query = VectorQuery.of(vector()).beam(65535).limit(20);
			List<String> found = docs.search(query).stream().map((match) -> match.row().id()).toList();
			assertThat(rows("SELECT id FROM notes ORDER BY +(embedding <=> ?) LIMIT 20", query.vector()))
				.extracting((row) -> row.get(0))
				.containsExactlyElementsOf(found);
			try (Connection pooled = dataSource.getConnection()) {
				assertThat(Sql.column(pooled, "PRAGMA heliosdb_vector_beam")).containsOnlyNulls();
			}
			assertThat(docs.search(query.filter(VectorFilter.lt("n", 3)))).hasSize(3);
			assertThat(docs.search(query.text("text 17"))).isNotEmpty();
			assertThat(new VectorSearch(dataSource).dropCollection("notes")).isTrue();
			assertThat(rows("SELECT name FROM sqlite_schema WHERE name LIKE 'notes%'")).isEmpty();
		}
	}

}
