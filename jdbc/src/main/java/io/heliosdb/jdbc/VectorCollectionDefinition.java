package io.heliosdb.jdbc;

import java.util.Objects;

/**
 * What a collection is made as. Immutable: each method gives a changed copy.
 *
 * @param name the name of its table
 * @param dimensions how many numbers a vector has, from 1 to 65536
 * @param metric how distances are measured
 * @param index whether it has a vector index, without which every search looks at all
 * vectors
 * @param fullText whether it has a full-text index, which hybrid search needs
 * @param tokenizer how the full-text index splits text into words, in FTS5's words
 */
public record VectorCollectionDefinition(String name, int dimensions, VectorMetric metric, boolean index,
		boolean fullText, String tokenizer) {

	private static final int MOST_DIMENSIONS = 65536;

	/**
	 * Checks what is given.
	 */
	public VectorCollectionDefinition {
		Objects.requireNonNull(metric, "metric");
		Objects.requireNonNull(tokenizer, "tokenizer");
		if (name.isBlank()) {
			throw new IllegalArgumentException("A collection needs a name");
		}
		if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
			throw new IllegalArgumentException(
					"A vector has 1 to " + MOST_DIMENSIONS + " dimensions, not " + dimensions);
		}
	}

	/**
	 * A collection with both indexes, whose distances are cosine distances.
	 * @param name the name of its table
	 * @param dimensions how many numbers a vector has
	 * @return the definition
	 */
	public static VectorCollectionDefinition of(String name, int dimensions) {
		return new VectorCollectionDefinition(name, dimensions, VectorMetric.COSINE, true, true, "unicode61");
	}

	/**
	 * The table that a collection of this definition has.
	 * @return the table, and which of its columns is which
	 */
	public VectorTable table() {
		return VectorSearch.tableOf(this.name, this.metric, this.fullText);
	}

	/**
	 * With another metric.
	 * @param newMetric how distances are measured
	 * @return the definition
	 */
	public VectorCollectionDefinition withMetric(VectorMetric newMetric) {
		return new VectorCollectionDefinition(this.name, this.dimensions, newMetric, this.index, this.fullText,
				this.tokenizer);
	}

	/**
	 * With or without a vector index.
	 * @param hasIndex whether it has one
	 * @return the definition
	 */
	public VectorCollectionDefinition withIndex(boolean hasIndex) {
		return new VectorCollectionDefinition(this.name, this.dimensions, this.metric, hasIndex, this.fullText,
				this.tokenizer);
	}

	/**
	 * With or without a full-text index.
	 * @param hasFullText whether it has one
	 * @return the definition
	 */
	public VectorCollectionDefinition withFullText(boolean hasFullText) {
		return new VectorCollectionDefinition(this.name, this.dimensions, this.metric, this.index, hasFullText,
				this.tokenizer);
	}

	/**
	 * With another tokenizer.
	 * @param newTokenizer such as {@code porter unicode61}
	 * (https://www.sqlite.org/fts5.html#tokenizers)
	 * @return the definition
	 */
	public VectorCollectionDefinition withTokenizer(String newTokenizer) {
		return new VectorCollectionDefinition(this.name, this.dimensions, this.metric, this.index, this.fullText,
				newTokenizer);
	}

}
