package io.heliosdb.langchain4j;

import java.util.Collection;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.ContainsString;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThan;
import dev.langchain4j.store.embedding.filter.comparison.IsGreaterThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsIn;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThan;
import dev.langchain4j.store.embedding.filter.comparison.IsLessThanOrEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotEqualTo;
import dev.langchain4j.store.embedding.filter.comparison.IsNotIn;
import dev.langchain4j.store.embedding.filter.logical.And;
import dev.langchain4j.store.embedding.filter.logical.Not;
import dev.langchain4j.store.embedding.filter.logical.Or;
import io.heliosdb.jdbc.VectorFilter;

/** LangChain4j's filters as filters of vector searches. */
final class EmbeddingFilters {

	private EmbeddingFilters() {
	}

	/**
	 * Translates a filter.
	 * @param filter LangChain4j's, {@code null} for none
	 * @return the filter of the search, {@code null} for none
	 */
	static VectorFilter translate(Filter filter) {
		if (filter == null) {
			return null;
		}
		if (filter instanceof And and) {
			return VectorFilter.and(translate(and.left()), translate(and.right()));
		}
		if (filter instanceof Or or) {
			return VectorFilter.or(translate(or.left()), translate(or.right()));
		}
		if (filter instanceof Not not) {
			return VectorFilter.not(translate(not.expression()));
		}
		return comparison(filter);
	}

	private static VectorFilter comparison(Filter filter) {
		if (filter instanceof IsEqualTo is) {
			return VectorFilter.eq(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsNotEqualTo is) {
			return VectorFilter.ne(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsGreaterThan is) {
			return VectorFilter.gt(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsGreaterThanOrEqualTo is) {
			return VectorFilter.gte(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsLessThan is) {
			return VectorFilter.lt(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsLessThanOrEqualTo is) {
			return VectorFilter.lte(is.key(), is.comparisonValue());
		}
		if (filter instanceof IsIn is) {
			return VectorFilter.in(is.key(), (Collection<?>) is.comparisonValues());
		}
		if (filter instanceof IsNotIn is) {
			return VectorFilter.nin(is.key(), (Collection<?>) is.comparisonValues());
		}
		if (filter instanceof ContainsString contains) {
			return VectorFilter.contains(contains.key(), contains.comparisonValue());
		}
		throw new UnsupportedFeatureException("HeliosEmbeddingStore knows no filter of type "
				+ filter.getClass().getName() + "; it knows LangChain4j's comparisons, And, Or and Not");
	}

}
