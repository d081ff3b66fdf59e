package io.heliosdb.jdbc;

import java.sql.ParameterMetaData;
import java.sql.SQLException;
import java.sql.Types;

/** A statement's parameters. SQLite gives them no types: each takes any value. */
final class JdbcParameterMetaData implements ParameterMetaData, SelfWrapper {

	private final int count;

	JdbcParameterMetaData(int count) {
		this.count = count;
	}

	private void check(int parameter) throws SQLException {
		if (parameter < 1 || parameter > this.count) {
			throw SqlState.INVALID_PARAMETER_INDEX
				.exception("There is no parameter " + parameter + ": the statement has " + this.count);
		}
	}

	@Override
	public int getParameterCount() {
		return this.count;
	}

	@Override
	public int isNullable(int parameter) throws SQLException {
		check(parameter);
		return parameterNullable;
	}

	@Override
	public boolean isSigned(int parameter) throws SQLException {
		check(parameter);
		return true;
	}

	@Override
	public int getPrecision(int parameter) throws SQLException {
		check(parameter);
		return 0;
	}

	@Override
	public int getScale(int parameter) throws SQLException {
		check(parameter);
		return 0;
	}

	@Override
	public int getParameterType(int parameter) throws SQLException {
		check(parameter);
		return Types.VARCHAR;
	}

	@Override
	public String getParameterTypeName(int parameter) throws SQLException {
		check(parameter);
		return "VARCHAR";
	}

	@Override
	public String getParameterClassName(int parameter) throws SQLException {
		check(parameter);
		return Object.class.getName();
	}

	@Override
	public int getParameterMode(int parameter) throws SQLException {
		check(parameter);
		return parameterModeIn;
	}

}
