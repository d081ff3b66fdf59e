package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

/** Collections of vectors, and tables of the user's own. */
class VectorSearchTests {

	private static final VectorCollectionDefinition DOCS = VectorCollectionDefinition.of("docs", 2).withIndex(false);

	@TempDir
	private Path directory;

	private HeliosDataSource dataSource;

	private VectorSearch search;

	@BeforeEach
	void open() throws SQLException {
		this.dataSource = new HeliosDataSource(Sql.url(this.directory, ""));
		this.search = new VectorSearch(this.dataSource);
	}

	@AfterEach
	void close() throws SQLException {
		this.dataSource.close();
	}

	private static VectorDocument document(String id, String content, float... embedding) {
		return VectorDocument.of(id, content, Map.of("lang", content.startsWith("der") ? "de" : "en"), embedding);
	}

	private VectorCollection docs() throws SQLException {
		VectorCollection docs = this.search.createCollection(DOCS);
		docs.add(List.of(document("a", "the quick fox", 1, 0), document("b", "the lazy dog", 0, 1),
				document("c", "der Fuchs", 1, 1), document("d", "a dog and a fox", -1, 0)));
		return docs;
	}

	private static List<String> ids(List<VectorMatch<VectorDocument>> matches) {
		return matches.stream().map((match) -> match.row().id()).toList();
	}

	@Test
	void theNearestDocumentsComeFirstWithTheirSimilarity() throws SQLException {
		List<VectorMatch<VectorDocument>> matches = docs().search(VectorQuery.of(new float[] { 2, 0.1f }).limit(3));
		assertThat(ids(matches)).containsExactly("a", "c", "b");
		assertThat(matches.get(0).row()).isEqualTo(document("a", "the quick fox", 1, 0));
		assertThat(matches.get(1).distance()).isCloseTo(1 - 2.1 / Math.sqrt(2 * 4.01), within(1e-6));
		assertThat(matches.get(1).score()).isCloseTo(2.1 / Math.sqrt(2 * 4.01), within(1e-6));
	}

	@Test
	void filtersAndThresholds() throws SQLException {
		VectorCollection docs = docs();
		VectorQuery query = VectorQuery.of(new float[] { 1, 0 });
		assertThat(ids(docs.search(query.filter(VectorFilter.eq("lang", "de"))))).containsExactly("c");
		assertThat(ids(docs.search(query.minSimilarity(0.7)))).containsExactly("a", "c");
		assertThat(ids(docs.search(query.maxDistance(1)))).containsExactly("a", "c", "b");
		assertThat(ids(docs.search(query.maxDistance(1).minSimilarity(0.9)))).containsExactly("a");
		assertThat(ids(docs.search(query.filter(VectorFilter.sql("length(d.content) < ?", 12)).limit(1))))
			.containsExactly("c");
		assertThat(docs.search(query.filter(VectorFilter.eq("lang", "fr")))).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void similarityAndDistanceAreEachOthersOpposite(VectorMetric metric) {
		for (double distance : new double[] { 0.25, 0.5, 1.5 }) {
			assertThat(metric.distance(metric.similarity(distance))).isCloseTo(distance, within(1e-12));
			assertThat(metric.similarity(distance)).isLessThan(metric.similarity(distance - 0.1));
		}
	}

	@Test
	void upsertReplacesAndAddDoesNot() throws SQLException {
		VectorCollection docs = docs();
		docs.upsert(List.of(document("a", "replaced", 0, -1), document("e", "new", 5, 5)));
		assertThat(docs.count()).isEqualTo(5);
		assertThat(docs.find("a")).contains(document("a", "replaced", 0, -1));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> docs.add(List.of(document("f", "f", 1, 1), document("a", "again", 1, 1))))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo(SqlState.UNIQUE_VIOLATION.code()));
		assertThat(docs.find("f")).as("all or nothing").isEmpty();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> docs.upsert(List.of(document("g", "g", 1, 1), document("h", "h", 1, 1, 1))))
			.withMessageContaining("VECTOR(2)");
		assertThat(docs.find("g")).isEmpty();
	}

	@Test
	void deletesByIdAndByFilter() throws SQLException {
		VectorCollection docs = docs();
		assertThat(docs.delete(List.of("a", "missing"))).isEqualTo(1);
		assertThat(docs.delete(VectorFilter.eq("lang", "en"))).isEqualTo(2);
		assertThat(ids(docs.search(VectorQuery.of(new float[] { 1, 0 })))).containsExactly("c");
		assertThat(docs.deleteAll()).isEqualTo(1);
		assertThat(docs.count()).isZero();
		assertThat(docs.delete(List.of())).isZero();
		docs.add(List.of());
	}

	@Test
	void hybridSearchFusesTheRanks() throws SQLException {
		VectorCollection docs = docs();
		VectorQuery query = VectorQuery.of(new float[] { 1, 0 }).text("Dog, fox!");
		List<VectorMatch<VectorDocument>> matches = docs.search(query);
		Map<String, Double> scores = new HashMap<>();
		matches.forEach((match) -> scores.put(match.row().id(), match.score()));
		// By vector a, c, b, d; by text d has both words, a and b one of the same length.
		assertThat(ids(matches)).hasSize(4).startsWith("a");
		assertThat(scores.get("a")).isCloseTo(1 / 61.0 + 1 / 62.0, within(1e-12));
		assertThat(scores.get("c")).isCloseTo(1 / 62.0, within(1e-12));
		assertThat(scores.get("d")).isCloseTo(1 / 64.0 + 1 / 61.0, within(1e-12));
		assertThat(ids(docs.search(query.weights(0, 1)))).startsWith("d");
		assertThat(ids(docs.search(query.weights(1, 0)))).startsWith("a", "c", "b");
		assertThat(ids(docs.search(query.rankConstant(0).limit(1)))).hasSize(1);
		assertThat(ids(docs.search(query.filter(VectorFilter.eq("lang", "de"))))).containsExactly("c");
		assertThat(ids(docs.search(VectorQuery.of(new float[] { 0, 1 }).match("quick AND fox").candidates(1))))
			.containsExactlyInAnyOrder("a", "b");
		assertThat(docs.search(query.text("?!")).get(0).score()).as("no words, so vectors alone").isEqualTo(1);
	}

	@Test
	void hybridSearchIsWhatFusingBothSearchesGives() throws SQLException {
		Random random = new Random(6);
		VectorCollection docs = this.search.createCollection(DOCS);
		List<VectorDocument> documents = new ArrayList<>();
		List<String> words = List.of("red", "green", "blue", "fox", "dog", "cat");
		for (int i = 0; i < 200; i++) {
			StringBuilder text = new StringBuilder("x");
			for (int j = 0; j < 1 + i % 5; j++) {
				text.append(' ').append(words.get(random.nextInt(words.size())));
			}
			documents.add(document("%03d".formatted(i), text.toString(), (float) random.nextGaussian(),
					(float) random.nextGaussian()));
		}
		docs.add(documents);
		VectorQuery vector = VectorQuery.of(new float[] { 0.3f, 0.7f }).limit(60);
		List<String> near = ids(docs.search(vector));
		List<Object> matching;
		try (Connection connection = this.dataSource.getConnection()) {
			matching = Sql.column(connection, "SELECT d.id FROM docs_text f JOIN docs d ON d.row_id = f.rowid "
					+ "WHERE docs_text MATCH ? ORDER BY f.rank, f.rowid LIMIT 60", "\"red\" OR \"fox\"");
		}
		Map<String, Double> scores = new HashMap<>();
		for (int i = 0; i < 60; i++) {
			scores.merge(near.get(i), 2 / (61.0 + i), Double::sum);
			scores.merge((String) matching.get(i), 1 / (61.0 + i), Double::sum);
		}
		List<String> expected = scores.keySet()
			.stream()
			.sorted(Comparator.comparing((String id) -> -scores.get(id)).thenComparing(Comparator.naturalOrder()))
			.limit(20)
			.toList();
		List<VectorMatch<VectorDocument>> fused = docs.search(vector.limit(20).text("red fox").weights(2, 1));
		assertThat(ids(fused)).isEqualTo(expected);
		assertThat(fused)
			.allSatisfy((match) -> assertThat(match.score()).isCloseTo(scores.get(match.row().id()), within(1e-12)));
	}

	@Test
	void thePastIsSearchedAsItWas() throws SQLException {
		VectorCollection docs = docs();
		PointInTime point;
		try (TimeTravel timeTravel = new TimeTravel(this.dataSource)) {
			point = PointInTime.scn(timeTravel.currentScn());
		}
		docs.delete(List.of("a"));
		docs.upsert(List.of(document("d", "moved", 1, 0)));
		VectorQuery query = VectorQuery.of(new float[] { 1, 0 }).limit(1);
		assertThat(ids(docs.search(query))).containsExactly("d");
		assertThat(ids(docs.search(query.asOf(point)))).containsExactly("a");
		assertThat(ids(docs.search(query.asOf(point).text("quick")))).containsExactly("a");
		assertThat(ids(docs.search(query.asOf(point).filter(VectorFilter.eq("lang", "de"))))).containsExactly("c");
	}

	@Test
	void rowsAreReadAsTheCallerWants() throws SQLException {
		VectorCollection docs = docs();
		List<VectorMatch<Map<String, Object>>> matches = docs.search(VectorQuery.of(new float[] { 1, 0 }).limit(1),
				RowReader.toMap());
		assertThat(matches.get(0).row()).containsOnlyKeys("row_id", "id", "content", "metadata", "embedding")
			.containsEntry("id", "a");
	}

	@Test
	void aTableOfTheUsersOwn() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			Sql.update(connection, "CREATE TABLE \"my products\" (sku TEXT PRIMARY KEY, name TEXT, price REAL, "
					+ "extra TEXT, \"the vector\" VECTOR(2))");
			Sql.update(connection,
					"INSERT INTO \"my products\" VALUES ('p1', 'lamp', 10, '{\"color\":\"red\"}', '[1, 0]'), "
							+ "('p2', 'desk', 100, '{\"color\":\"blue\"}', '[0.9, 0.1]'), ('p3', 'none', 1, NULL, NULL)");
		}
		VectorTable table = VectorTable.of("my products", "sku", "the vector", VectorMetric.L2).withContent("name");
		VectorQuery query = VectorQuery.of(new float[] { 1, 0 });
		assertThat(ids(this.search.table(table).search(query))).as("no row without a vector")
			.containsExactly("p1", "p2");
		assertThat(ids(this.search.table(table).search(query.filter(VectorFilter.gt("price", 50)))))
			.containsExactly("p2");
		VectorCollection products = this.search.table(table.withMetadata("extra").withFilterColumns("price"));
		assertThat(ids(products
			.search(query.filter(VectorFilter.or(VectorFilter.eq("color", "blue"), VectorFilter.lt("price", 5))))))
			.containsExactly("p2");
		products.upsert(List.of(VectorDocument.of("p1", "big lamp", Map.of("color", "blue"), new float[] { 1, 1 })));
		assertThat(products.find("p1")).hasValueSatisfying((row) -> assertThat(row.content()).isEqualTo("big lamp"));
		assertThat(ids(products.search(query.filter(VectorFilter.eq("color", "blue"))))).containsExactly("p2", "p1");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> products.search(query.text("lamp")))
			.withMessageContaining("needs a full-text index");
	}

	@Test
	void aCollectionThatIsThereIsOpenedAndHasToFit() throws SQLException {
		docs();
		assertThat(this.search.createCollection(DOCS).count()).isEqualTo(4);
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.search.createCollection(VectorCollectionDefinition.of("docs", 3)))
			.withMessageContaining("has vectors of 2 dimensions, not 3");
		this.search.createCollection(VectorCollectionDefinition.of("bare", 2).withIndex(false).withFullText(false));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.search.createCollection(VectorCollectionDefinition.of("bare", 2).withIndex(false)))
			.withMessageContaining("without a full-text index");
		try (Connection connection = this.dataSource.getConnection()) {
			Sql.update(connection, "CREATE TABLE other (id INTEGER PRIMARY KEY, content TEXT)");
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.search.createCollection(VectorCollectionDefinition.of("other", 2)))
			.withMessageContaining("it has no column row_id, metadata, embedding");
		assertThat(this.search.dropCollection("docs")).isTrue();
		assertThat(this.search.dropCollection("docs")).isFalse();
		assertThat(this.search.createCollection(DOCS).count()).isZero();
	}

	@Test
	void aConnectionsTransactionIsTheCallers() throws SQLException {
		VectorCollection docs = docs();
		try (Connection connection = this.dataSource.getConnection()) {
			connection.setAutoCommit(false);
			VectorCollection mine = new VectorSearch(new OneConnection(connection)).createCollection(DOCS);
			mine.delete(List.of("a"));
			mine.add(List.of(document("z", "z", 1, 0)));
			assertThat(ids(mine.search(VectorQuery.of(new float[] { 1, 0 }).limit(1)))).containsExactly("z");
			connection.rollback();
		}
		assertThat(docs.find("a")).isPresent();
		assertThat(docs.find("z")).isEmpty();
	}

	@Test
	void metadataIsAnyJson() throws SQLException {
		VectorCollection docs = this.search.createCollection(DOCS);
		Map<String, Object> metadata = new HashMap<>();
		metadata.put("quote\" \\ \n", "tab\t\u0001");
		metadata.put("list", List.of(1, 2.5, true, "x"));
		metadata.put("map", Map.of("a", 1L));
		metadata.put("null", null);
		metadata.put("nan", Double.NaN);
		docs.add(List.of(VectorDocument.of("a", null, metadata, new float[] { 1, 0 })));
		try (Connection connection = this.dataSource.getConnection()) {
			assertThat(
					Sql.rows(connection, "SELECT value FROM docs, json_each(metadata) WHERE key = ?", "quote\" \\ \n"))
				.containsExactly(List.of("tab\t\u0001"));
			assertThat(Sql.rows(connection,
					"SELECT metadata ->> '$.list[1]', metadata ->> '$.map.a', "
							+ "json_type(metadata, '$.null'), json_type(metadata, '$.nan') FROM docs"))
				.containsExactly(List.of(2.5, 1, "null", "null"));
		}
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> docs.add(List.of(new VectorDocument("b", null, "{no json", new float[] { 1, 0 }))))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo(SqlState.CHECK_VIOLATION.code()));
	}

	@Test
	void badQueriesAreRefusedAtOnce() throws SQLException {
		VectorQuery query = VectorQuery.of(new float[] { 1, 0 });
		assertThatIllegalArgumentException().isThrownBy(() -> query.limit(0));
		assertThatIllegalArgumentException().isThrownBy(() -> query.beam(0));
		assertThatIllegalArgumentException().isThrownBy(() -> query.weights(-1, 1));
		assertThatIllegalArgumentException().isThrownBy(() -> query.weights(1, Double.NaN));
		assertThatIllegalArgumentException().isThrownBy(() -> query.rankConstant(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> query.candidates(0));
		assertThatIllegalArgumentException().isThrownBy(() -> VectorCollectionDefinition.of("x", 0));
		assertThatIllegalArgumentException().isThrownBy(() -> VectorCollectionDefinition.of(" ", 1));
		VectorCollection docs = docs();
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> docs.search(VectorQuery.of(new float[] { 1, 2, 3 })));
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> docs.search(VectorQuery.of(new float[] { 1, Float.NaN })))
			.withMessageContaining("NaN");
	}

}
