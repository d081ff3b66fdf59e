package io.heliosdb.boot.autoconfigure;

import io.heliosdb.boot.vector.HeliosVectorStore;
import io.heliosdb.jdbc.VectorMetric;

import org.springframework.boot.context.properties.ConfigurationProperties;

/** Settings of Spring AI's vector store in HeliosDB. */
@ConfigurationProperties("heliosdb.vector-store")
public class HeliosDbVectorStoreProperties {

	/**
	 * Table of the documents.
	 */
	private String collection = HeliosVectorStore.DEFAULT_COLLECTION;

	/**
	 * How many numbers a vector has. By default the embedding model says it.
	 */
	private int dimensions;

	/**
	 * How distances are measured.
	 */
	private VectorMetric metric = VectorMetric.COSINE;

	/**
	 * Whether the table is made with a vector index. Without one every search looks at
	 * all vectors.
	 */
	private boolean index = true;

	/**
	 * Whether the table is made with a full-text index, which hybrid search needs.
	 */
	private boolean fullText = true;

	/**
	 * Whether the table is made at start-up unless it is there.
	 */
	private boolean initializeSchema = true;

	public String getCollection() {
		return this.collection;
	}

	public void setCollection(String collection) {
		this.collection = collection;
	}

	public int getDimensions() {
		return this.dimensions;
	}

	public void setDimensions(int dimensions) {
		this.dimensions = dimensions;
	}

	public VectorMetric getMetric() {
		return this.metric;
	}

	public void setMetric(VectorMetric metric) {
		this.metric = metric;
	}

	public boolean isIndex() {
		return this.index;
	}

	public void setIndex(boolean index) {
		this.index = index;
	}

	public boolean isFullText() {
		return this.fullText;
	}

	public void setFullText(boolean fullText) {
		this.fullText = fullText;
	}

	public boolean isInitializeSchema() {
		return this.initializeSchema;
	}

	public void setInitializeSchema(boolean initializeSchema) {
		this.initializeSchema = initializeSchema;
	}

}
