package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Which rows a search may give. A filter becomes a condition of SQL in which every value
 * is a bound parameter.
 * <p>
 * A field is a key of the metadata, or a column where {@link VectorTable} says so. A key
 * means a member of the metadata's object, whatever characters it has: dots have no
 * meaning. Of a row that lacks the field, or has a JSON null there, only {@link #isNull},
 * {@link #ne}, {@link #nin} and the opposite of any other comparison hold: logic has two
 * values here, not SQL's three, so {@code not(f)} holds exactly where {@code f} does not.
 * In metadata a number is only greater or less than a number, and a text than a text;
 * {@code true} is 1, and {@code false} 0.
 */
public sealed interface VectorFilter {

	/** How a field is compared with a value. */
	enum Operator {

		/** Equal. */
		EQ,

		/** Not equal, or not there. */
		NE,

		/** Greater. */
		GT,

		/** Greater or equal. */
		GTE,

		/** Less. */
		LT,

		/** Less or equal. */
		LTE,

		/** Contains a text, in the same case. */
		CONTAINS

	}

	/**
	 * A field compared with a value.
	 *
	 * @param field the field
	 * @param operator how
	 * @param value the value, not {@code null}
	 */
	record Comparison(String field, Operator operator, Object value) implements VectorFilter {

		/**
		 * Checks that nothing is {@code null}.
		 */
		public Comparison {
			Objects.requireNonNull(field, "field");
			Objects.requireNonNull(operator, "operator");
			if (value == null) {
				throw new IllegalArgumentException(
						"Nothing compares with null: use isNull or isNotNull for '" + field + "'");
			}
		}

	}

	/**
	 * A field that is one of several values.
	 *
	 * @param field the field
	 * @param values the values, none of them {@code null}
	 */
	record In(String field, List<Object> values) implements VectorFilter {

		/**
		 * Checks that nothing is {@code null}.
		 */
		public In {
			Objects.requireNonNull(field, "field");
			values = List.copyOf(values);
		}

	}

	/**
	 * A field that is not there, or null.
	 *
	 * @param field the field
	 */
	record IsNull(String field) implements VectorFilter {
	}

	/**
	 * All filters, or any of them.
	 *
	 * @param all whether all have to hold
	 * @param filters the filters; of none, all hold and not any
	 */
	record Junction(boolean all, List<VectorFilter> filters) implements VectorFilter {

		/**
		 * Copies the list.
		 */
		public Junction {
			filters = List.copyOf(filters);
		}

	}

	/**
	 * The opposite of a filter.
	 *
	 * @param filter the filter
	 */
	record Not(VectorFilter filter) implements VectorFilter {
	}

	/**
	 * A condition in SQL.
	 *
	 * @param condition what may follow {@code WHERE}, on the columns of the table; its
	 * parameters are {@code ?}
	 * @param parameters the values of its parameters
	 */
	record Sql(String condition, List<Object> parameters) implements VectorFilter {
	}

	/**
	 * A field that equals a value.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter eq(String field, Object value) {
		return new Comparison(field, Operator.EQ, value);
	}

	/**
	 * A field that does not equal a value, or is not there.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter ne(String field, Object value) {
		return new Comparison(field, Operator.NE, value);
	}

	/**
	 * A field that is greater than a value.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter gt(String field, Object value) {
		return new Comparison(field, Operator.GT, value);
	}

	/**
	 * A field that is greater than a value or equals it.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter gte(String field, Object value) {
		return new Comparison(field, Operator.GTE, value);
	}

	/**
	 * A field that is less than a value.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter lt(String field, Object value) {
		return new Comparison(field, Operator.LT, value);
	}

	/**
	 * A field that is less than a value or equals it.
	 * @param field the field
	 * @param value the value
	 * @return the filter
	 */
	static VectorFilter lte(String field, Object value) {
		return new Comparison(field, Operator.LTE, value);
	}

	/**
	 * A field whose text contains another, in the same case.
	 * @param field the field
	 * @param text the text
	 * @return the filter
	 */
	static VectorFilter contains(String field, String text) {
		return new Comparison(field, Operator.CONTAINS, text);
	}

	/**
	 * A field that is one of several values.
	 * @param field the field
	 * @param values the values
	 * @return the filter
	 */
	static VectorFilter in(String field, Collection<?> values) {
		return new In(field, List.copyOf(values));
	}

	/**
	 * A field that is none of several values, or not there.
	 * @param field the field
	 * @param values the values
	 * @return the filter
	 */
	static VectorFilter nin(String field, Collection<?> values) {
		return not(in(field, values));
	}

	/**
	 * A field that is not there, or null.
	 * @param field the field
	 * @return the filter
	 */
	static VectorFilter isNull(String field) {
		return new IsNull(field);
	}

	/**
	 * A field that has a value.
	 * @param field the field
	 * @return the filter
	 */
	static VectorFilter isNotNull(String field) {
		return not(isNull(field));
	}

	/**
	 * All of some filters.
	 * @param filters the filters
	 * @return the filter
	 */
	static VectorFilter and(VectorFilter... filters) {
		return new Junction(true, Arrays.asList(filters));
	}

	/**
	 * Any of some filters.
	 * @param filters the filters
	 * @return the filter
	 */
	static VectorFilter or(VectorFilter... filters) {
		return new Junction(false, Arrays.asList(filters));
	}

	/**
	 * The opposite of a filter.
	 * @param filter the filter
	 * @return the filter that holds where the other does not
	 */
	static VectorFilter not(VectorFilter filter) {
		return new Not(filter);
	}

	/**
	 * A condition in SQL.
	 * @param condition what may follow {@code WHERE}, on the columns of the table; its
	 * parameters are {@code ?}
	 * @param parameters the values of its parameters
	 * @return the filter
	 */
	static VectorFilter sql(String condition, Object... parameters) {
		return new Sql(condition, Arrays.asList(parameters));
	}

}
