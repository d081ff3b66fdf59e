package io.heliosdb.boot.flyway;

import org.flywaydb.core.internal.database.base.Connection;

/** A connection as Flyway sees it. */
final class HeliosDbConnection extends Connection<HeliosDbDatabase> {

	HeliosDbConnection(HeliosDbDatabase database, java.sql.Connection connection) {
		super(database, connection);
	}

	@Override
	protected String getCurrentSchemaNameOrSearchPath() {
		return "main";
	}

	@Override
	public HeliosDbSchema getSchema(String name) {
		return new HeliosDbSchema(this.jdbcTemplate, this.database, name);
	}

}
