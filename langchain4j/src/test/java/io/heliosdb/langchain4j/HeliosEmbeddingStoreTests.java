package io.heliosdb.langchain4j;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreAddAllContract;
import dev.langchain4j.store.embedding.EmbeddingStoreRemoveAllContract;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.MetadataFilterBuilder;
import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.TimeTravel;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorSearch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link HeliosEmbeddingStore}. What every store does is tested by
 * LangChain4j's own tests.
 */
class HeliosEmbeddingStoreTests implements EmbeddingStoreAddAllContract, EmbeddingStoreRemoveAllContract {

	@RegisterExtension
	private final OwnStore own = new OwnStore();

	private HeliosDataSource dataSource;

	private HeliosEmbeddingStore store;

	@BeforeEach
	void useStore() {
		this.dataSource = this.own.dataSource();
		this.store = this.own.store();
	}

	@Override
	public EmbeddingStore<TextSegment> embeddingStore() {
		return this.store;
	}

	@Test
	void makesTheCollectionWithTheFirstEmbedding() throws SQLException {
		VectorSearch search = new VectorSearch(this.dataSource);
		assertThat(ids(this.store, vector(1, 0))).isEmpty();
		assertThat(search.findCollection("embedding_store", VectorMetric.COSINE)).isEmpty();
		this.store.add("a", vector(1, 0));
		assertThat(search.findCollection("embedding_store", VectorMetric.COSINE)).isPresent();
	}

	@Test
	void findsACollectionThatWasMadeBefore() {
		this.store.add("a", vector(1, 0));
		assertThat(ids(HeliosEmbeddingStore.builder(this.dataSource).build(), vector(1, 0))).containsExactly("a");
	}

	@Test
	void keepsCollectionsApart() {
		HeliosEmbeddingStore other = HeliosEmbeddingStore.builder(this.dataSource).collection("other").build();
		this.store.add("a", vector(1, 0));
		other.add("b", vector(1, 0, 0));
		assertThat(ids(this.store, vector(1, 0))).containsExactly("a");
		assertThat(ids(other, vector(1, 0, 0))).containsExactly("b");
	}

	@Test
	void replacesAnIdThatIsThere() {
		this.store.add("a", vector(1, 0));
		this.store.addAll(List.of("a"), List.of(vector(0, 1)), List.of(TextSegment.from("new")));
		EmbeddingMatch<TextSegment> match = search(this.store, vector(0, 1)).findFirst().orElseThrow();
		assertThat(match.embedded().text()).isEqualTo("new");
		assertThat(match.score()).isEqualTo(1);
	}

	@Test
	void searchesThePast() throws SQLException {
		this.store.add("a", vector(1, 0));
		PointInTime then;
		try (TimeTravel timeTravel = new TimeTravel(this.dataSource)) {
			then = PointInTime.scn(timeTravel.currentScn());
		}
		this.store.removeAll();
		this.store.add("b", vector(0, 1));
		assertThat(ids(this.store, vector(1, 0))).containsExactly("b");
		HeliosEmbeddingStore past = this.store.asOf(then);
		assertThat(ids(past, vector(1, 0))).containsExactly("a");
		assertThatIllegalStateException().isThrownBy(past::removeAll).withMessageContaining("past");
	}

	@Test
	void hybridSearchFindsWordsToo() {
		HeliosEmbeddingStore hybrid = HeliosEmbeddingStore.builder(this.dataSource).hybrid(true).build();
		hybrid.addAll(List.of("far", "near", "nearest"), List.of(vector(-1, 0.1f), vector(1, 0.2f), vector(1, 0.1f)),
				List.of(TextSegment.from("error XJ-1138"), TextSegment.from("fish"), TextSegment.from("bicycle")));
		EmbeddingSearchRequest request = EmbeddingSearchRequest.builder()
			.queryEmbedding(vector(1, 0.1f))
			.query("XJ-1138")
			.maxResults(2)
			.build();
		assertThat(hybrid.search(request).matches()).extracting(EmbeddingMatch::embeddingId)
			.containsExactlyInAnyOrder("nearest", "far");
	}

	@Test
	void addsAllOrNone() throws SQLException {
		this.store.add("a", vector(1, 0));
		assertThatExceptionOfType(LangChain4jException.class)
			.isThrownBy(() -> this.store.addAll(List.of("b", "c"), List.of(vector(1, 0), vector(1, 0, 0)), null))
			.withMessageContaining("embedding_store")
			.withCauseInstanceOf(SQLException.class);
		assertThat(ids(this.store, vector(1, 0))).containsExactly("a");
	}

	@Test
	void readsWhatOthersWroteIntoTheMetadata() throws SQLException {
		this.store.add("a", vector(1, 0));
		new VectorSearch(this.dataSource).findCollection("embedding_store", VectorMetric.COSINE)
			.orElseThrow()
			.upsert(List.of(new VectorDocument("a", "text",
					"{\"flag\": true, \"list\": [1, 2], \"nothing\": null, \"number\": 7}", new float[] { 1, 0 })));
		Metadata metadata = search(this.store, vector(1, 0)).findFirst().orElseThrow().embedded().metadata();
		assertThat(metadata.toMap()).isEqualTo(Map.of("flag", "true", "list", "[1,2]", "number", 7));
	}

	@Test
	void keysAndValuesOfFiltersAreNoSql() {
		Metadata metadata = Metadata.from("it's \"a\" key\\", "x' OR 1=1 --");
		this.store.addAll(List.of("a", "b"), List.of(vector(1, 0), vector(1, 0)),
				List.of(TextSegment.from("one", metadata), TextSegment.from("two")));
		Filter filter = MetadataFilterBuilder.metadataKey("it's \"a\" key\\").isEqualTo("x' OR 1=1 --");
		this.store.removeAll(filter);
		assertThat(ids(this.store, vector(1, 0))).containsExactly("b");
	}

	@Test
	void unknownFilterIsNamed() {
		this.store.add("a", vector(1, 0));
		Filter unknown = (object) -> true;
		assertThatExceptionOfType(UnsupportedFeatureException.class).isThrownBy(() -> this.store.removeAll(unknown))
			.withMessageContaining(unknown.getClass().getName());
	}

	@Test
	void collectionIsATableThatSqlReads() throws SQLException {
		this.store.addAll(List.of("a"), List.of(vector(1, 0)), List.of(TextSegment.from("text")));
		try (Connection connection = this.dataSource.getConnection();
				ResultSet row = connection.createStatement()
					.executeQuery("SELECT content, embedding <=> '[0, 1]' FROM embedding_store")) {
			assertThat(row.next()).isTrue();
			assertThat(row.getString(1)).isEqualTo("text");
			assertThat(row.getDouble(2)).isEqualTo(1);
		}
	}

	private static Embedding vector(float... values) {
		return Embedding.from(values);
	}

	private static Stream<EmbeddingMatch<TextSegment>> search(EmbeddingStore<TextSegment> store, Embedding embedding) {
		return store.search(EmbeddingSearchRequest.builder().queryEmbedding(embedding).maxResults(100).build())
			.matches()
			.stream();
	}

	private static List<String> ids(EmbeddingStore<TextSegment> store, Embedding embedding) {
		return search(store, embedding).map(EmbeddingMatch::embeddingId).toList();
	}

}
