package io.heliosdb.jdbc.sql;

/** A statement that speaks of the past in a way that has no meaning. */
public final class TimeTravelSyntaxException extends Exception {

	private static final long serialVersionUID = 1L;

	TimeTravelSyntaxException(String message, String sql, int offset) {
		super(message + " (at offset " + offset + " of: " + sql + ")");
	}

}
