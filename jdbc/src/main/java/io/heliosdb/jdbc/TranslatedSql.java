package io.heliosdb.jdbc;

import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.TimeTravelSql;

/**
 * A statement that looks at the past, or that an index of vectors may serve, which
 * becomes a statement of SQLite anew at each execution. Immutable.
 *
 * @param statement the statement
 * @param query as a listener sees it
 * @param searches whether it orders rows by a distance
 * @param joinsTransaction whether a transaction has to be open for it
 */
record TranslatedSql(TimeTravelSql statement, Query query, boolean searches, boolean joinsTransaction) {

	static TranslatedSql of(TimeTravelSql statement, String sql, boolean searches, String database) {
		Query query = new Query(sql, StatementText.operation(sql), database);
		return new TranslatedSql(statement, query, searches, StatementText.joinsTransaction(query.operation()));
	}

	String sql() {
		return this.query.sql();
	}

}
