package io.heliosdb.boot.flyway;

import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.internal.database.base.Database;
import org.flywaydb.core.internal.database.base.Table;
import org.flywaydb.core.internal.jdbc.JdbcConnectionFactory;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;

/**
 * What Flyway has to know of a database. Flyway's own support for SQLite would do, but
 * for {@code clean}, which there needs foreign keys to be off.
 */
final class HeliosDbDatabase extends Database<HeliosDbConnection> {

	/** Column by column what Flyway creates in SQLite, so that histories stay valid. */
	private static final String HISTORY_TABLE = """
			CREATE TABLE {table} (
				"installed_rank" INT NOT NULL PRIMARY KEY,
				"version" VARCHAR(50),
				"description" VARCHAR(200) NOT NULL,
				"type" VARCHAR(20) NOT NULL,
				"script" VARCHAR(1000) NOT NULL,
				"checksum" INT,
				"installed_by" VARCHAR(100) NOT NULL,
				"installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
				"execution_time" INT NOT NULL,
				"success" BOOLEAN NOT NULL
			);
			""";

	private static final String HISTORY_INDEX = """
			CREATE INDEX {index} ON {name} ("success");
			""";

	HeliosDbDatabase(Configuration configuration, JdbcConnectionFactory connectionFactory,
			StatementInterceptor interceptor) {
		super(configuration, connectionFactory, interceptor);
	}

	@Override
	protected HeliosDbConnection doGetConnection(java.sql.Connection connection) {
		return new HeliosDbConnection(this, connection);
	}

	/** Any version: the engine comes with the driver. */
	@Override
	public void ensureSupported(Configuration configuration) {
	}

	@Override
	@SuppressWarnings("rawtypes")
	public String getRawCreateScript(Table table, boolean baseline) {
		return HISTORY_TABLE.replace("{table}", table.toString())
				+ (baseline ? getBaselineStatement(table) + ";\n" : "")
				+ HISTORY_INDEX.replace("{index}", quote(table.getSchema().getName(), table.getName() + "_s_idx"))
					.replace("{name}", quote(table.getName()));
	}

	/** An embedded database has no users. */
	@Override
	protected String doGetCurrentUser() {
		return "";
	}

	@Override
	public boolean supportsDdlTransactions() {
		return true;
	}

	@Override
	public String getBooleanTrue() {
		return "1";
	}

	@Override
	public String getBooleanFalse() {
		return "0";
	}

	@Override
	public boolean catalogIsSchema() {
		return true;
	}

	/** A second one would wait for the first, which holds the writer's turn. */
	@Override
	public boolean useSingleConnection() {
		return true;
	}

}
