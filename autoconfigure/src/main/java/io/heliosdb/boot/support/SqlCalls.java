package io.heliosdb.boot.support;

import java.sql.SQLException;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/** Makes calls that fail as JDBC does fail as Spring does. */
public final class SqlCalls {

	private final SQLExceptionTranslator translator;

	/**
	 * Creates it.
	 * @param translator makes {@link DataAccessException}s
	 */
	public SqlCalls(SQLExceptionTranslator translator) {
		this.translator = translator;
	}

	/**
	 * Makes a call.
	 * @param <T> what it returns
	 * @param task what it does, for the message of an error
	 * @param call the call
	 * @return what it returned
	 */
	public <T extends @Nullable Object> T translated(String task, SqlCall<T> call) {
		try {
			return call.run();
		}
		catch (SQLException ex) {
			DataAccessException translated = this.translator.translate(task, null, ex);
			throw (translated != null) ? translated : new UncategorizedSQLException(task, null, ex);
		}
	}

	/**
	 * Something that fails as JDBC does.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	public interface SqlCall<T extends @Nullable Object> {

		/**
		 * Does it.
		 * @return the result
		 * @throws SQLException if it fails
		 */
		T run() throws SQLException;

	}

}
