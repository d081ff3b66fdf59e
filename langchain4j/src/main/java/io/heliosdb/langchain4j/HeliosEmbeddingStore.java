package io.heliosdb.langchain4j;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

import javax.sql.DataSource;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.store.embedding.CosineSimilarity;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.RelevanceScore;
import dev.langchain4j.store.embedding.filter.Filter;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.VectorCollection;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import io.heliosdb.jdbc.VectorSearch;

/**
 * Embeddings and their texts in a {@linkplain VectorSearch collection} of HeliosDB, which
 * is an ordinary table that SQL may read as well. Distances are cosine distances. Each
 * call takes a connection of the data source; what it changes is one transaction, or part
 * of the one that is open.
 * <p>
 * Filters compare keys of the metadata, by bound parameters; what they mean for a key
 * that is not there is said by {@link io.heliosdb.jdbc.VectorFilter}. An id that is there
 * already is replaced.
 * <p>
 * What the database does not do is told by a {@link LangChain4jException} with the
 * {@link SQLException} as its cause. Safe for use by many threads.
 */
public final class HeliosEmbeddingStore implements EmbeddingStore<TextSegment> {

	/** The collection, unless {@link Builder#collection} names another one. */
	public static final String DEFAULT_COLLECTION = "embedding_store";

	private static final JsonMapper JSON = new JsonMapper();

	private final Builder settings;

	private final VectorSearch search;

	/** {@code null} for the present. */
	private final PointInTime point;

	private HeliosEmbeddingStore(Builder settings, PointInTime point) {
		this.settings = settings;
		this.search = new VectorSearch(settings.dataSource);
		this.point = point;
	}

	/**
	 * Starts to build a store.
	 * @param dataSource connections to the database, usually a pool
	 * @return the builder
	 */
	public static Builder builder(DataSource dataSource) {
		return new Builder(dataSource);
	}

	/**
	 * The store as it was at a point in time. It can be searched, and not be changed.
	 * @param when the point
	 * @return the store of then
	 */
	public HeliosEmbeddingStore asOf(PointInTime when) {
		return new HeliosEmbeddingStore(this.settings, Objects.requireNonNull(when, "when"));
	}

	@Override
	public String add(Embedding embedding) {
		return addAll(List.of(embedding)).get(0);
	}

	@Override
	public void add(String id, Embedding embedding) {
		addAll(List.of(id), List.of(embedding), null);
	}

	@Override
	public String add(Embedding embedding, TextSegment segment) {
		return addAll(List.of(embedding), List.of(segment)).get(0);
	}

	@Override
	public List<String> addAll(List<Embedding> embeddings) {
		return addAll(embeddings, null);
	}

	@Override
	public void addAll(List<String> ids, List<Embedding> embeddings, List<TextSegment> segments) {
		int count = size(embeddings);
		if (size(ids) != count) {
			throw new IllegalArgumentException(
					"ids size (" + size(ids) + ") is not equal to embeddings size (" + count + ")");
		}
		if (segments != null && segments.size() != count) {
			throw new IllegalArgumentException(
					"embeddings size (" + count + ") is not equal to embedded size (" + segments.size() + ")");
		}
		if (count == 0) {
			return;
		}
		List<VectorDocument> documents = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			documents.add(document(ids.get(i), embeddings.get(i), (segments != null) ? segments.get(i) : null));
		}
		change(() -> {
			// Looked for each time: a transaction that made it may have been rolled back.
			this.search.createCollection(this.settings.definition(embeddings.get(0).dimension())).upsert(documents);
			return null;
		});
	}

	@Override
	public void removeAll(Collection<String> ids) {
		if (ids != null && !ids.isEmpty()) {
			change(() -> ifThere((there) -> () -> there.delete(ids)));
		}
	}

	@Override
	public void removeAll(Filter filter) {
		if (filter == null) {
			throw new IllegalArgumentException("filter cannot be null");
		}
		change(() -> ifThere((there) -> () -> there.delete(EmbeddingFilters.translate(filter))));
	}

	@Override
	public void removeAll() {
		change(() -> ifThere((there) -> there::deleteAll));
	}

	@Override
	public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
		VectorQuery query = query(request);
		List<VectorMatch<VectorDocument>> matches = call("searched",
				() -> ifThere((there) -> () -> there.search(query)))
			.orElse(List.of());
		return new EmbeddingSearchResult<>(matches.stream().map(this::match).toList());
	}

	private VectorQuery query(EmbeddingSearchRequest request) {
		VectorQuery query = VectorQuery.of(request.queryEmbedding().vector())
			.limit(request.maxResults())
			.filter(EmbeddingFilters.translate(request.filter()))
			.asOf(this.point);
		if (request.minScore() > 0) {
			query = query.minSimilarity(CosineSimilarity.fromRelevanceScore(request.minScore()));
		}
		return (this.settings.hybrid && request.query() != null) ? query.text(request.query()) : query;
	}

	private static int size(List<?> list) {
		return (list != null) ? list.size() : 0;
	}

	private static VectorDocument document(String id, Embedding embedding, TextSegment segment) {
		if (segment == null) {
			return new VectorDocument(id, null, null, embedding.vector());
		}
		return VectorDocument.of(id, segment.text(), segment.metadata().toMap(), embedding.vector());
	}

	private EmbeddingMatch<TextSegment> match(VectorMatch<VectorDocument> match) {
		VectorDocument document = match.row();
		double similarity = VectorMetric.COSINE.similarity(match.distance());
		return new EmbeddingMatch<>(RelevanceScore.fromCosineSimilarity(similarity), document.id(),
				Embedding.from(document.embedding()), segment(document));
	}

	private TextSegment segment(VectorDocument document) {
		if (document.content() == null) {
			return null;
		}
		return TextSegment.from(document.content(), metadata(document));
	}

	/**
	 * LangChain4j's metadata has texts and numbers; of any other value it gets the JSON.
	 */
	private Metadata metadata(VectorDocument document) {
		Map<String, Object> values = new HashMap<>();
		if (document.metadata() != null) {
			try {
				for (Map.Entry<String, JsonNode> member : JSON.readTree(document.metadata()).properties()) {
					JsonNode value = member.getValue();
					if (value.isTextual()) {
						values.put(member.getKey(), value.textValue());
					}
					else if (value.isInt() || value.isLong() || value.isDouble()) {
						values.put(member.getKey(), value.numberValue());
					}
					else if (!value.isNull()) {
						values.put(member.getKey(), value.toString());
					}
				}
			}
			catch (JsonProcessingException ex) {
				throw new LangChain4jException("The metadata of '" + document.id() + "' in the collection '"
						+ this.settings.collection + "' is no JSON", ex);
			}
		}
		return Metadata.from(values);
	}

	/* The collection */

	/** Without a collection there is nothing to find, and nothing to remove. */
	private <T> Optional<T> ifThere(Function<VectorCollection, Call<T>> work) throws SQLException {
		Optional<VectorCollection> there = this.search.findCollection(this.settings.collection, VectorMetric.COSINE);
		return there.isPresent() ? Optional.of(work.apply(there.get()).run()) : Optional.empty();
	}

	private void change(Call<?> change) {
		if (this.point != null) {
			throw new IllegalStateException("The collection '" + this.settings.collection + "' is read as of "
					+ this.point + ", and the past cannot be changed: use the store that asOf was called on");
		}
		call("changed", change);
	}

	private <T> T call(String done, Call<T> call) {
		try {
			return call.run();
		}
		catch (SQLException ex) {
			throw new LangChain4jException(
					"The collection '" + this.settings.collection + "' cannot be " + done + ": " + ex.getMessage(), ex);
		}
	}

	/** Something that the database does. */
	@FunctionalInterface
	private interface Call<T> {

		T run() throws SQLException;

	}

	/** Builds a {@link HeliosEmbeddingStore}. */
	public static final class Builder {

		private final DataSource dataSource;

		private String collection = DEFAULT_COLLECTION;

		private boolean index = true;

		private boolean hybrid;

		private Builder(DataSource dataSource) {
			this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
		}

		/**
		 * The collection, which is made when the first embedding is added.
		 * @param name its name, that of the table
		 * @return this builder
		 */
		public Builder collection(String name) {
			this.collection = Objects.requireNonNull(name, "name");
			return this;
		}

		/**
		 * Whether the collection is made with a vector index. Without one, every search
		 * looks at all vectors, which is exact.
		 * @param wanted {@code true}, which is the default, if so
		 * @return this builder
		 */
		public Builder index(boolean wanted) {
			this.index = wanted;
			return this;
		}

		/**
		 * Whether the text of a request is searched for too, and the ranks of both
		 * searches are fused. The scores of the matches stay those of the vectors. The
		 * collection is made with a full-text index for that.
		 * @param wanted {@code true} if so; {@code false} is the default
		 * @return this builder
		 */
		public Builder hybrid(boolean wanted) {
			this.hybrid = wanted;
			return this;
		}

		/**
		 * Builds the store. The database is not touched yet.
		 * @return the store
		 */
		public HeliosEmbeddingStore build() {
			return new HeliosEmbeddingStore(new Builder(this), null);
		}

		private Builder(Builder other) {
			this.dataSource = other.dataSource;
			this.collection = other.collection;
			this.index = other.index;
			this.hybrid = other.hybrid;
		}

		private VectorCollectionDefinition definition(int dimension) {
			return VectorCollectionDefinition.of(this.collection, dimension)
				.withIndex(this.index)
				.withFullText(this.hybrid);
		}

	}

}
