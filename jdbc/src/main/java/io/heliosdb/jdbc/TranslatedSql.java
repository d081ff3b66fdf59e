package io.heliosdb.jdbc;

import io.heliosdb.jdbc.sql.RekeyPragma;
import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.TimeTravelSql;

/**
 * A statement that looks at the past, which becomes a statement of SQLite anew at each
 * execution. Immutable.
 *
 * @param statement the statement
 * @param query as a listener sees it
 * @param joinsTransaction whether a transaction has to be open for it
 * @param rekey set if it is the pragma that changes the key, which is carried out when
 * the statement is made
 */
record TranslatedSql(TimeTravelSql statement, Query query, boolean joinsTransaction, RekeyPragma rekey) {

	static TranslatedSql of(TimeTravelSql statement, String sql, String database) {
		Query query = new Query(sql, StatementText.operation(sql), database);
		return new TranslatedSql(statement, query, StatementText.joinsTransaction(query.operation()), null);
	}

	static TranslatedSql of(RekeyPragma pragma, String database) {
		TimeTravelSql answer = TimeTravelSql.answeredBy("SELECT 'ok' AS heliosdb_rekey", pragma.parameterCount(),
				pragma.rest());
		return new TranslatedSql(answer, new Query(RekeyPragma.SHOWN, "PRAGMA", database), false, pragma);
	}

	String sql() {
		return this.query.sql();
	}

}
