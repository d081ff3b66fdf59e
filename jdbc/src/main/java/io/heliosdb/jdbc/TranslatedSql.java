package io.heliosdb.jdbc;

import io.heliosdb.jdbc.sql.RekeyPragma;
import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.TimeTravelSql;

/**
 * A statement that becomes a statement of SQLite anew at each execution, as that depends
 * on points of the past or on which vector indexes there are. Immutable.
 *
 * @param kind why it has to be translated
 * @param statement the statement
 * @param query as a listener sees it
 * @param joinsTransaction whether a transaction has to be open for it
 * @param rekey set if it is the pragma that changes the key, which is carried out when
 * the statement is made
 */
record TranslatedSql(Kind kind, TimeTravelSql statement, Query query, boolean joinsTransaction, RekeyPragma rekey) {

	/** Why a statement has to be translated. */
	enum Kind {

		/** It looks at the past, and at nothing that depends on vector indexes. */
		PAST,

		/** It orders rows by a distance. */
		SEARCH,

		/** It changes the schema in a way that vector indexes have to follow. */
		DEFINITION,

		/** It asks for the beam of searches, or sets it. */
		BEAM

	}

	static TranslatedSql of(Kind kind, TimeTravelSql statement, String sql, String database) {
		Query query = new Query(sql, StatementText.operation(sql), database);
		return new TranslatedSql(kind, statement, query, StatementText.joinsTransaction(query.operation()), null);
	}

	static TranslatedSql of(RekeyPragma pragma, String database) {
		TimeTravelSql answer = TimeTravelSql.answeredBy("SELECT 'ok' AS heliosdb_rekey", pragma.parameterCount(),
				pragma.rest());
		return new TranslatedSql(Kind.PAST, answer, new Query(RekeyPragma.SHOWN, "PRAGMA", database), false, pragma);
	}

	String sql() {
		return this.query.sql();
	}

}
