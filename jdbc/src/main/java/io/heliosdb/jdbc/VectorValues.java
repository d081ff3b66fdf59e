package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says what is wrong with a value that is none for its column of vectors. The constraint
 * on the column, which any SQLite can check, only tells what is expected.
 */
final class VectorValues {

	private static final Pattern CONSTRAINT = Pattern.compile("CHECK constraint failed: VECTOR\\((\\d+)\\) ");

	private VectorValues() {
	}

	/**
	 * Adds to an error what the parameters have.
	 * @param failure any error
	 * @param values the values of the statement's parameters
	 * @return the error itself if it is about something else
	 */
	static SQLException explained(SQLException failure, ParameterValues values) throws SQLException {
		if (failure.getErrorCode() != SqliteError.CONSTRAINT_CHECK) {
			return failure;
		}
		Matcher matcher = CONSTRAINT.matcher(failure.getMessage());
		if (!matcher.find()) {
			return failure;
		}
		StringJoiner found = new StringJoiner(", ");
		for (int i = 1; i <= values.count(); i++) {
			Object value = values.value(i);
			if (value instanceof byte[] blob) {
				found.add((blob.length % Float.BYTES == 0) ? "parameter " + i + " has " + blob.length / Float.BYTES
						: "parameter " + i + " is a blob of " + blob.length + " bytes, which is no vector");
			}
		}
		String explanation = ": the column takes vectors of " + matcher.group(1) + " numbers"
				+ ((found.length() > 0) ? ", and " + found : ", as float[], blob of float32 or text like [0.1, 0.2]");
		return SqlState.CHECK_VIOLATION.exception(failure.getMessage() + explanation, failure.getErrorCode(), failure);
	}

}
