package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.heliosdb.jdbc.VectorFilter.Comparison;
import io.heliosdb.jdbc.VectorFilter.In;
import io.heliosdb.jdbc.VectorFilter.IsNull;
import io.heliosdb.jdbc.VectorFilter.Junction;
import io.heliosdb.jdbc.VectorFilter.Not;
import io.heliosdb.jdbc.VectorFilter.Operator;
import io.heliosdb.jdbc.VectorFilter.Sql;
import io.heliosdb.jdbc.sql.StatementText;

/**
 * A filter as a condition of SQL. The opposite of a filter is made by making the opposite
 * of its parts, so that what is not negated stays in a form that an index can serve.
 */
final class VectorFilterSql {

	private final VectorTable table;

	private final String alias;

	private final StringBuilder text = new StringBuilder();

	private final List<Object> parameters;

	private VectorFilterSql(VectorTable table, String alias, List<Object> parameters) {
		this.table = table;
		this.alias = alias;
		this.parameters = parameters;
	}

	/**
	 * Writes a filter.
	 * @param filter the filter
	 * @param table whose rows it looks at
	 * @param alias the table's name in the statement, with a dot behind it, or empty
	 * @param parameters gets the values of the condition's parameters
	 * @return the condition, in parentheses where it needs them
	 */
	static String condition(VectorFilter filter, VectorTable table, String alias, List<Object> parameters) {
		VectorFilterSql sql = new VectorFilterSql(table, alias, parameters);
		sql.write(filter, false);
		return sql.text.toString();
	}

	private void write(VectorFilter filter, boolean negated) {
		if (filter instanceof Not not) {
			write(not.filter(), !negated);
		}
		else if (filter instanceof Junction junction) {
			junction(junction, negated);
		}
		else if (filter instanceof IsNull isNull) {
			this.text.append(field(isNull.field())).append(negated ? " IS NOT NULL" : " IS NULL");
		}
		else if (filter instanceof In in) {
			in.values().forEach((value) -> this.parameters.add(value(in.field(), value)));
			truth(field(in.field()) + " IN (" + String.join(", ", Collections.nCopies(in.values().size(), "?")) + ")",
					negated);
		}
		else if (filter instanceof Comparison comparison) {
			comparison(comparison, negated);
		}
		else if (filter instanceof Sql sql) {
			this.parameters.addAll(sql.parameters());
			truth("(" + sql.condition() + ")", negated);
		}
	}

	/** SQL's unknown is neither true nor false; here it is false. */
	private void truth(String condition, boolean negated) {
		this.text.append(negated ? "(" + condition + ") IS NOT TRUE" : condition);
	}

	private void junction(Junction junction, boolean negated) {
		boolean all = junction.all() != negated;
		if (junction.filters().isEmpty()) {
			this.text.append(all ? "TRUE" : "FALSE");
			return;
		}
		this.text.append('(');
		String separator = "";
		for (VectorFilter part : junction.filters()) {
			this.text.append(separator);
			write(part, negated);
			separator = all ? " AND " : " OR ";
		}
		this.text.append(')');
	}

	private void comparison(Comparison comparison, boolean negated) {
		String field = field(comparison.field());
		Object value = value(comparison.field(), comparison.value());
		Operator operator = comparison.operator();
		this.parameters.add(value);
		if (operator == Operator.EQ || operator == Operator.NE) {
			boolean equal = (operator == Operator.EQ) != negated;
			this.text.append(field).append(equal ? " = ?" : " IS NOT ?");
			return;
		}
		String condition = switch (operator) {
			case GT -> field + " > ?";
			case GTE -> field + " >= ?";
			case LT -> field + " < ?";
			case LTE -> field + " <= ?";
			default -> "instr(" + field + ", ?) > 0";
		};
		if (!this.table.isColumn(comparison.field())) {
			// To SQLite any text is greater than any number.
			condition += " AND typeof(" + field + ")"
					+ ((value instanceof String) ? " = 'text'" : " IN ('integer', 'real')");
		}
		truth("(" + condition + ")", negated);
	}

	private String field(String name) {
		if (this.table.isColumn(name)) {
			return this.alias + StatementText.quoted(name);
		}
		String metadata = this.alias + StatementText.quoted(this.table.metadataColumn());
		if (name.indexOf('"') >= 0 || name.indexOf('\\') >= 0 || name.isEmpty()) {
			// A path has no way to write such a name.
			return "(SELECT value FROM json_each(" + metadata + ") WHERE key = " + literal(name) + ")";
		}
		boolean plain = name.matches("[A-Za-z_][A-Za-z0-9_]*");
		return "json_extract(" + metadata + ", " + literal(plain ? "$." + name : "$.\"" + name + "\"") + ")";
	}

	private static String literal(String text) {
		if (text.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("The name of a field cannot have a NUL character");
		}
		return "'" + text.replace("'", "''") + "'";
	}

	/** In metadata a value is what JSON made of it. */
	private Object value(String field, Object value) {
		if (this.table.isColumn(field)) {
			return value;
		}
		if (value instanceof Float || value instanceof BigDecimal) {
			return Double.valueOf(value.toString());
		}
		if (value instanceof BigInteger integer) {
			return (integer.bitLength() < Long.SIZE) ? (Object) integer.longValue() : (Object) integer.doubleValue();
		}
		return (value instanceof Number || value instanceof Boolean) ? value : value.toString();
	}

}
