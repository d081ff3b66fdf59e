package io.heliosdb.boot.vector;

import java.util.List;

import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;

import org.springframework.data.domain.Limit;
import org.springframework.data.domain.Score;
import org.springframework.data.domain.ScoringFunction;
import org.springframework.data.domain.SearchResult;
import org.springframework.data.domain.SearchResults;
import org.springframework.data.domain.Similarity;
import org.springframework.data.domain.Vector;

/**
 * Vector search in the types of Spring Data. A {@link Similarity} is what
 * {@link VectorMetric#similarity} says of a distance, and any other {@link Score} a
 * distance.
 * <p>
 * Needs {@code spring-data-commons}, which this module does not bring.
 */
public final class SpringDataVectors {

	private SpringDataVectors() {
	}

	/**
	 * A query for the nearest vectors.
	 * @param vector the vector to be near to
	 * @param limit how many rows are wanted; if it is unlimited, as many as there are
	 * @return the query
	 */
	public static VectorQuery query(Vector vector, Limit limit) {
		return VectorQuery.of(vector.toFloatArray()).limit(limit.isLimited() ? limit.max() : Integer.MAX_VALUE);
	}

	/**
	 * A query for the vectors that are near enough.
	 * @param vector the vector to be near to
	 * @param bound a {@link Similarity} that they have at least, or a {@link Score} whose
	 * value is the distance that they have at most
	 * @param limit how many rows are wanted; if it is unlimited, as many as there are
	 * @return the query
	 */
	public static VectorQuery query(Vector vector, Score bound, Limit limit) {
		VectorQuery query = query(vector, limit);
		return (bound instanceof Similarity) ? query.minSimilarity(bound.getValue())
				: query.maxDistance(bound.getValue());
	}

	/**
	 * Searches a table.
	 * @param <T> what a row is read as
	 * @param repository the table
	 * @param query what is searched for
	 * @return the matches with their similarities, the best first; of a hybrid search the
	 * scores are the fused ones
	 */
	public static <T> SearchResults<T> search(VectorRepository<T> repository, VectorQuery query) {
		ScoringFunction function = query.isHybrid() ? ScoringFunction.unspecified()
				: function(repository.table().metric());
		List<SearchResult<T>> results = repository.search(query)
			.stream()
			.map((match) -> result(match, function))
			.toList();
		return new SearchResults<>(results);
	}

	private static <T> SearchResult<T> result(VectorMatch<T> match, ScoringFunction function) {
		return new SearchResult<>(match.row(), Similarity.raw(match.score(), function));
	}

	private static ScoringFunction function(VectorMetric metric) {
		return switch (metric) {
			case L2 -> ScoringFunction.euclidean();
			case COSINE -> ScoringFunction.cosine();
			case INNER_PRODUCT -> ScoringFunction.dotProduct();
		};
	}

}
