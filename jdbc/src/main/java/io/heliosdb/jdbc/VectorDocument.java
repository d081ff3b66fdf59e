package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * A row of a {@link VectorCollection}. The array is not copied: leave it as it is.
 *
 * @param id tells it from all others of the collection
 * @param content the text, may be {@code null}
 * @param metadata a JSON object, may be {@code null}
 * @param embedding the vector, of as many numbers as the collection has dimensions
 */
public record VectorDocument(String id, String content, String metadata, float[] embedding) {

	/**
	 * Checks that there is an id and a vector.
	 */
	public VectorDocument {
		Objects.requireNonNull(id, "id");
		Objects.requireNonNull(embedding, "embedding");
	}

	/**
	 * A document whose metadata is a map.
	 * @param id tells it from all others of the collection
	 * @param content the text, may be {@code null}
	 * @param metadata texts, numbers, booleans, {@code null}, and lists and maps of
	 * these; of any other value its {@code toString}
	 * @param embedding the vector
	 * @return the document
	 */
	public static VectorDocument of(String id, String content, Map<String, ?> metadata, float[] embedding) {
		return new VectorDocument(id, content, Json.write(metadata), embedding);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof VectorDocument that && this.id.equals(that.id)
				&& Objects.equals(this.content, that.content) && Objects.equals(this.metadata, that.metadata)
				&& Arrays.equals(this.embedding, that.embedding);
	}

	@Override
	public int hashCode() {
		return this.id.hashCode();
	}

	@Override
	public String toString() {
		return "VectorDocument[id=" + this.id + ", content=" + this.content + ", metadata=" + this.metadata
				+ ", dimensions=" + this.embedding.length + "]";
	}

}
