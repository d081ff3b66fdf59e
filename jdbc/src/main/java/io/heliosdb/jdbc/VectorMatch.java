package io.heliosdb.jdbc;

/**
 * A row that a search found.
 *
 * @param <T> what the row is read as
 * @param row the row
 * @param distance distance of its vector to the query's
 * @param score what the matches are ordered by, the best first: the similarity that
 * {@link VectorMetric} has for the distance or, of a hybrid search, the fused score
 */
public record VectorMatch<T>(T row, double distance, double score) {
}
