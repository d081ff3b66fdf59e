package io.heliosdb.boot.vector;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import io.heliosdb.jdbc.VectorTable;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.document.Document;
import org.springframework.ai.document.DocumentMetadata;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.observation.conventions.VectorStoreSimilarityMetric;
import org.springframework.ai.vectorstore.AbstractVectorStoreBuilder;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.filter.Filter;
import org.springframework.ai.vectorstore.observation.AbstractObservationVectorStore;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationContext;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.dao.DataAccessException;
import org.springframework.util.Assert;

/**
 * Spring AI's vector store in HeliosDB: a collection of {@link VectorSearchRepository},
 * which is an ordinary table that SQL may read as well.
 * <p>
 * Adding a document whose id is there replaces that. Every call takes part in the
 * transaction that is active. A similarity threshold and a document's score are
 * {@linkplain VectorMetric#similarity similarities} by the store's metric, and the
 * metadata of what is found has the {@code distance}. Filters compare keys of the
 * metadata, by bound parameters, as {@link io.heliosdb.jdbc.VectorFilter} says it; dates
 * compare as ISO-8601 text in UTC.
 * <p>
 * Safe for use by many threads.
 */
public final class HeliosVectorStore extends AbstractObservationVectorStore implements InitializingBean {

	/** The collection, unless {@link Builder#collection} names another one. */
	public static final String DEFAULT_COLLECTION = "vector_store";

	/** The system's name in observations. */
	static final String DATABASE_SYSTEM = "heliosdb";

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final TypeReference<Map<String, @Nullable Object>> MAP = new TypeReference<>() {
	};

	private final VectorSearchRepository repository;

	private final VectorCollectionDefinition definition;

	private final boolean initializeSchema;

	private final boolean removeExisting;

	private final VectorRepository<VectorDocument> documents;

	private HeliosVectorStore(Builder builder) {
		super(builder);
		this.repository = builder.repository;
		int dimensions = (builder.dimensions > 0) ? builder.dimensions : builder.getEmbeddingModel().dimensions();
		this.definition = VectorCollectionDefinition.of(builder.collection, dimensions)
			.withMetric(builder.metric)
			.withIndex(builder.index)
			.withFullText(builder.fullText);
		this.initializeSchema = builder.initializeSchema;
		this.removeExisting = builder.removeExisting;
		this.documents = builder.repository.collection(this.definition);
	}

	/**
	 * Starts to build a store.
	 * @param repository where its collection is
	 * @param embeddingModel makes vectors of texts
	 * @return the builder
	 */
	public static Builder builder(VectorSearchRepository repository, EmbeddingModel embeddingModel) {
		return new Builder(repository, embeddingModel);
	}

	@Override
	public void afterPropertiesSet() {
		if (this.initializeSchema) {
			if (this.removeExisting) {
				this.repository.dropCollection(this.definition.name());
			}
			this.repository.createCollection(this.definition);
		}
	}

	@Override
	public void doAdd(List<Document> added) {
		List<float[]> embeddings = this.embeddingModel.embed(added, EmbeddingOptions.builder().build(),
				this.batchingStrategy);
		List<VectorDocument> rows = new ArrayList<>(added.size());
		for (int i = 0; i < added.size(); i++) {
			rows.add(row(added.get(i), embeddings.get(i)));
		}
		this.documents.upsert(rows);
	}

	@Override
	public void doDelete(List<String> ids) {
		this.documents.delete(ids);
	}

	@Override
	protected void doDelete(Filter.Expression filter) {
		try {
			this.documents.delete(SpringAiFilters.translate(filter));
		}
		catch (DataAccessException ex) {
			// The interface says so.
			throw new IllegalStateException(
					"The documents of '" + this.definition.name() + "' cannot be deleted by a filter", ex);
		}
	}

	@Override
	public List<Document> doSimilaritySearch(SearchRequest request) {
		if (request.getTopK() == 0) {
			return List.of();
		}
		VectorQuery query = VectorQuery.of(this.embeddingModel.embed(request.getQuery())).limit(request.getTopK());
		if (request.getSimilarityThreshold() > SearchRequest.SIMILARITY_THRESHOLD_ACCEPT_ALL) {
			query = query.minSimilarity(request.getSimilarityThreshold());
		}
		Filter.Expression filter = request.getFilterExpression();
		if (filter != null) {
			query = query.filter(SpringAiFilters.translate(filter));
		}
		return this.documents.search(query).stream().map(HeliosVectorStore::document).toList();
	}

	@Override
	public VectorStoreObservationContext.Builder createObservationContextBuilder(String operationName) {
		return VectorStoreObservationContext.builder(DATABASE_SYSTEM, operationName)
			.collectionName(this.definition.name())
			.dimensions(this.definition.dimensions())
			.similarityMetric(switch (this.definition.metric()) {
				case COSINE -> VectorStoreSimilarityMetric.COSINE.value();
				case L2 -> VectorStoreSimilarityMetric.EUCLIDEAN.value();
				case INNER_PRODUCT -> VectorStoreSimilarityMetric.DOT.value();
			});
	}

	/**
	 * The collection, for what Spring AI has no words for: hybrid search, searches of the
	 * past, or deleting everything.
	 * @param <T> {@code VectorRepository<VectorDocument>}
	 * @return the collection
	 */
	@Override
	@SuppressWarnings("unchecked")
	public <T> Optional<T> getNativeClient() {
		return Optional.of((T) this.documents);
	}

	/**
	 * The collection as a table.
	 * @return the table, and which of its columns is which
	 */
	public VectorTable getTable() {
		return this.documents.table();
	}

	private static VectorDocument row(Document document, float[] embedding) {
		Map<String, Object> metadata = new LinkedHashMap<>();
		document.getMetadata().forEach((key, value) -> metadata.put(key, SpringAiFilters.comparable(value)));
		return VectorDocument.of(document.getId(), document.getText(), metadata, embedding);
	}

	private static Document document(VectorMatch<VectorDocument> match) {
		VectorDocument row = match.row();
		Map<String, @Nullable Object> stored = (row.metadata() != null) ? JSON.readValue(row.metadata(), MAP)
				: Map.of();
		Map<String, Object> metadata = new LinkedHashMap<>();
		stored.forEach((key, value) -> {
			if (value != null) {
				metadata.put(key, value);
			}
		});
		metadata.put(DocumentMetadata.DISTANCE.value(), match.distance());
		return Document.builder()
			.id(row.id())
			.text((row.content() != null) ? row.content() : "")
			.metadata(metadata)
			.score(match.score())
			.build();
	}

	/** Builds a {@link HeliosVectorStore}. */
	public static final class Builder extends AbstractVectorStoreBuilder<Builder> {

		private final VectorSearchRepository repository;

		private String collection = DEFAULT_COLLECTION;

		private int dimensions;

		private VectorMetric metric = VectorMetric.COSINE;

		private boolean index = true;

		private boolean fullText = true;

		private boolean initializeSchema = true;

		private boolean removeExisting;

		private Builder(VectorSearchRepository repository, EmbeddingModel embeddingModel) {
			super(embeddingModel);
			Assert.notNull(repository, "repository must not be null");
			this.repository = repository;
		}

		/**
		 * The collection.
		 * @param name its name, that of the table
		 * @return this builder
		 */
		public Builder collection(String name) {
			Assert.hasText(name, "name must not be empty");
			this.collection = name;
			return this;
		}

		/**
		 * How many numbers a vector has.
		 * @param number the number; 0, which is the default, for what the model says
		 * @return this builder
		 */
		public Builder dimensions(int number) {
			Assert.isTrue(number >= 0, "number must not be negative");
			this.dimensions = number;
			return this;
		}

		/**
		 * How distances are measured.
		 * @param newMetric the metric, {@link VectorMetric#COSINE} by default
		 * @return this builder
		 */
		public Builder metric(VectorMetric newMetric) {
			Assert.notNull(newMetric, "newMetric must not be null");
			this.metric = newMetric;
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
		 * Whether the collection is made with a full-text index, which hybrid search
		 * needs.
		 * @param wanted {@code true}, which is the default, if so
		 * @return this builder
		 */
		public Builder fullText(boolean wanted) {
			this.fullText = wanted;
			return this;
		}

		/**
		 * Whether the collection is made when the store is initialized, unless it is
		 * there.
		 * @param wanted {@code true}, which is the default, if so
		 * @return this builder
		 */
		public Builder initializeSchema(boolean wanted) {
			this.initializeSchema = wanted;
			return this;
		}

		/**
		 * Whether a collection that is there is dropped, with all its documents, when the
		 * store is initialized.
		 * @param wanted {@code true} if so; {@code false} is the default
		 * @return this builder
		 */
		public Builder removeExisting(boolean wanted) {
			this.removeExisting = wanted;
			return this;
		}

		@Override
		public HeliosVectorStore build() {
			return new HeliosVectorStore(this);
		}

	}

}
