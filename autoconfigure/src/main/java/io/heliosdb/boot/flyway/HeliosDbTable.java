package io.heliosdb.boot.flyway;

import java.sql.SQLException;

import org.flywaydb.core.internal.database.base.Table;
import org.flywaydb.core.internal.jdbc.JdbcTemplate;

/** A table as Flyway sees it. */
final class HeliosDbTable extends Table<HeliosDbDatabase, HeliosDbSchema> {

	HeliosDbTable(JdbcTemplate jdbcTemplate, HeliosDbDatabase database, HeliosDbSchema schema, String name) {
		super(jdbcTemplate, database, schema, name);
	}

	@Override
	protected void doDrop() throws SQLException {
		this.jdbcTemplate.execute("DROP TABLE " + this);
	}

	@Override
	protected boolean doExists() throws SQLException {
		return this.jdbcTemplate.queryForInt("SELECT count(*) FROM pragma_table_list WHERE schema = ? AND name = ?",
				this.schema.getName(), this.name) > 0;
	}

	/** The transaction it is called in is the only writer already. */
	@Override
	protected void doLock() {
	}

}
