package io.heliosdb.boot.vector;

import java.util.List;
import java.util.Map;

import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorFilter;
import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import io.heliosdb.jdbc.VectorTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.Score;
import org.springframework.data.domain.ScoringFunction;
import org.springframework.data.domain.SearchResult;
import org.springframework.data.domain.SearchResults;
import org.springframework.data.domain.Similarity;
import org.springframework.data.domain.Vector;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

/** Tests for {@link VectorSearchRepository} and what it gives. */
class VectorSearchRepositoryTests {

	private HeliosDataSource dataSource;

	private VectorSearchRepository repository;

	@BeforeEach
	void open() throws Exception {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:mem:vector-search-repository");
		this.repository = new VectorSearchRepository(this.dataSource);
	}

	@AfterEach
	void close() throws Exception {
		this.dataSource.close();
	}

	private VectorRepository<VectorDocument> docs() {
		VectorRepository<VectorDocument> docs = this.repository
			.createCollection(VectorCollectionDefinition.of("docs", 2).withIndex(false));
		docs.add(List.of(VectorDocument.of("a", "fox", Map.of("n", 1), new float[] { 1, 0 }),
				VectorDocument.of("b", "dog", Map.of("n", 2), new float[] { 0, 1 }),
				VectorDocument.of("c", "cat", Map.of("n", 3), new float[] { -1, 0 })));
		return docs;
	}

	@Test
	void rowsAreReadAsRecordsByMappersOrAsDocuments() {
		JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);
		jdbc.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL, embedding VECTOR(2))");
		jdbc.update("INSERT INTO product VALUES (1, 'lamp', 10, ?), (2, 'desk', 100, '[0, 1]')",
				new Object[] { new float[] { 1, 0 } });
		VectorTable table = VectorTable.of("product", "id", "embedding", VectorMetric.L2).withContent("name");
		VectorQuery query = VectorQuery.of(new float[] { 0, 1 }).limit(1);
		VectorRepository<Product> products = this.repository.table(table, Product.class);
		assertThat(products.search(query)).extracting(VectorMatch::row).containsExactly(new Product(2, "desk", 100));
		assertThat(products.search(query.filter(VectorFilter.lt("price", 50)))).extracting(VectorMatch::row)
			.containsExactly(new Product(1, "lamp", 10));
		assertThat(products.find(1)).contains(new Product(1, "lamp", 10));
		assertThat(this.repository.table(table, (row, number) -> number + row.getString("name")).search(query))
			.extracting(VectorMatch::row)
			.containsExactly("0desk");
		assertThat(this.repository.table(table).search(query).get(0).row().content()).isEqualTo("desk");
	}

	@Test
	void changesAndErrors() {
		VectorRepository<VectorDocument> docs = docs();
		assertThat(docs.delete(VectorFilter.gt("n", 2))).isEqualTo(1);
		assertThat(docs.delete(List.of("a"))).isEqualTo(1);
		docs.upsert(List.of(VectorDocument.of("b", "wolf", Map.of(), new float[] { 1, 1 })));
		assertThat(docs.find("b")).hasValueSatisfying((row) -> assertThat(row.content()).isEqualTo("wolf"));
		assertThatExceptionOfType(DataIntegrityViolationException.class)
			.isThrownBy(() -> docs.add(List.of(VectorDocument.of("d", null, Map.of(), new float[] { 1, 2, 3 }))));
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.repository.createCollection(VectorCollectionDefinition.of("docs", 5)))
			.withMessageContaining("has vectors of 2 dimensions, not 5");
		assertThat(docs.deleteAll()).isEqualTo(1);
		assertThat(this.repository.dropCollection("docs")).isTrue();
	}

	@Test
	void typesOfSpringData() {
		VectorRepository<VectorDocument> docs = docs();
		Vector vector = Vector.of(1f, 0.1f);
		SearchResults<VectorDocument> results = SpringDataVectors.search(docs,
				SpringDataVectors.query(vector, Limit.of(2)));
		assertThat(results.contentStream().map(VectorDocument::id)).containsExactly("a", "b");
		assertThat(results.getContent().get(0).getScore()).isInstanceOf(Similarity.class)
			.satisfies((score) -> assertThat(score.getValue()).isCloseTo(1 / Math.sqrt(1.01), within(1e-6)))
			.satisfies((score) -> assertThat(score.getFunction()).isEqualTo(ScoringFunction.cosine()));
		assertThat(
				SpringDataVectors.search(docs, SpringDataVectors.query(vector, Similarity.of(0.9), Limit.unlimited())))
			.extracting(SearchResult::getContent)
			.extracting(VectorDocument::id)
			.containsExactly("a");
		assertThat(SpringDataVectors.search(docs, SpringDataVectors.query(vector, Score.of(1), Limit.unlimited())))
			.hasSize(2);
		assertThat(SpringDataVectors.search(docs, SpringDataVectors.query(Vector.of(1.0, 0.0), Limit.of(3)).text("dog"))
			.getContent()
			.get(0)
			.getScore()
			.getFunction()).isEqualTo(ScoringFunction.unspecified());
	}

	record Product(long id, String name, double price) {
	}

}
