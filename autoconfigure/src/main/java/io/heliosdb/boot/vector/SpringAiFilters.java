package io.heliosdb.boot.vector;

import java.util.Date;
import java.util.List;

import io.heliosdb.jdbc.VectorFilter;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.vectorstore.filter.Filter;
import org.springframework.ai.vectorstore.filter.Filter.Expression;
import org.springframework.ai.vectorstore.filter.Filter.Group;
import org.springframework.ai.vectorstore.filter.Filter.Key;
import org.springframework.ai.vectorstore.filter.Filter.Operand;
import org.springframework.ai.vectorstore.filter.Filter.Value;

/** Spring AI's filters as filters of vector searches. */
final class SpringAiFilters {

	private SpringAiFilters() {
	}

	/**
	 * Translates a filter.
	 * @param expression Spring AI's
	 * @return the filter of the search
	 */
	static VectorFilter translate(Expression expression) {
		return switch (expression.type()) {
			case AND -> VectorFilter.and(filter(expression.left()), filter(expression.right()));
			case OR -> VectorFilter.or(filter(expression.left()), filter(expression.right()));
			case NOT -> VectorFilter.not(filter(expression.left()));
			case EQ -> VectorFilter.eq(key(expression), value(expression));
			case NE -> VectorFilter.ne(key(expression), value(expression));
			case GT -> VectorFilter.gt(key(expression), value(expression));
			case GTE -> VectorFilter.gte(key(expression), value(expression));
			case LT -> VectorFilter.lt(key(expression), value(expression));
			case LTE -> VectorFilter.lte(key(expression), value(expression));
			case IN -> VectorFilter.in(key(expression), values(expression));
			case NIN -> VectorFilter.nin(key(expression), values(expression));
			case ISNULL -> VectorFilter.isNull(key(expression));
			case ISNOTNULL -> VectorFilter.isNotNull(key(expression));
		};
	}

	private static VectorFilter filter(@Nullable Operand operand) {
		if (operand instanceof Group group) {
			return translate(group.content());
		}
		if (operand instanceof Expression expression) {
			return translate(expression);
		}
		throw new IllegalArgumentException("A filter joins expressions and groups, and this is neither: " + operand);
	}

	/** Spring AI's parser leaves the quotes around a key that needs them. */
	private static String key(Expression expression) {
		if (!(expression.left() instanceof Key key)) {
			throw new IllegalArgumentException("The left side of " + expression.type() + " is no key: " + expression);
		}
		String name = key.key();
		boolean quoted = name.length() > 1
				&& (name.startsWith("\"") && name.endsWith("\"") || name.startsWith("'") && name.endsWith("'"));
		return quoted ? name.substring(1, name.length() - 1) : name;
	}

	private static Object value(Expression expression) {
		if (!(expression.right() instanceof Value value)) {
			throw new IllegalArgumentException(
					"The right side of " + expression.type() + " is no value: " + expression);
		}
		return comparable(value.value());
	}

	private static List<Object> values(Expression expression) {
		Object value = value(expression);
		return (value instanceof List<?> list) ? list.stream().map(SpringAiFilters::comparable).toList()
				: List.of(value);
	}

	/**
	 * What metadata has of a value.
	 * @param value a value of a filter, or of a document's metadata
	 * @return dates as ISO-8601 in UTC, which is how Spring AI's filters write them, and
	 * any other value as it is
	 */
	static Object comparable(Object value) {
		return (value instanceof Date date) ? date.toInstant().toString() : value;
	}

}
