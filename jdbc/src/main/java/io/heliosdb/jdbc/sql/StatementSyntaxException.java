package io.heliosdb.jdbc.sql;

/** A statement that uses what the driver adds to SQL in a way that has no meaning. */
public final class StatementSyntaxException extends Exception {

	private static final long serialVersionUID = 1L;

	StatementSyntaxException(String message, String sql, int offset) {
		super(message + " (at offset " + offset + " of: " + sql + ")");
	}

}
