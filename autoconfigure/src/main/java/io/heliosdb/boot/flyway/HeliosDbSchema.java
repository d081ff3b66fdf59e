package io.heliosdb.boot.flyway;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;

import org.flywaydb.core.internal.database.base.Schema;
import org.flywaydb.core.internal.jdbc.JdbcTemplate;

/** The schema {@code main}, or that of an attached database. */
final class HeliosDbSchema extends Schema<HeliosDbDatabase, HeliosDbTable> {

	/**
	 * Not the tables of SQLite itself, nor those that a virtual table keeps its rows in.
	 */
	private static final String OBJECTS = "SELECT name FROM pragma_table_list "
			+ "WHERE schema = ? AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ";

	private static final String TABLES = OBJECTS + "AND type IN ('table', 'virtual')";

	private static final String VIEWS = OBJECTS + "AND type = 'view'";

	HeliosDbSchema(JdbcTemplate jdbcTemplate, HeliosDbDatabase database, String name) {
		super(jdbcTemplate, database, name);
	}

	@Override
	protected boolean doExists() throws SQLException {
		return this.jdbcTemplate.queryForInt("SELECT count(*) FROM pragma_database_list WHERE name = ?", this.name) > 0;
	}

	@Override
	protected boolean doEmpty() throws SQLException {
		return names(TABLES).isEmpty() && names(VIEWS).isEmpty();
	}

	@Override
	protected void doCreate() throws SQLException {
		throw new SQLFeatureNotSupportedException(
				"A database has one schema, main: '" + this.name + "' cannot be created");
	}

	@Override
	protected void doDrop() throws SQLException {
		throw new SQLFeatureNotSupportedException(
				"A database has one schema, main: '" + this.name + "' cannot be dropped");
	}

	/**
	 * Flyway calls it in a transaction, at whose end no row refers to another any more,
	 * in whatever order the tables go.
	 */
	@Override
	protected void doClean() throws SQLException {
		this.jdbcTemplate.execute("PRAGMA defer_foreign_keys = ON");
		for (String view : names(VIEWS)) {
			this.jdbcTemplate.execute("DROP VIEW " + this.database.quote(this.name, view));
		}
		for (HeliosDbTable table : allTables()) {
			table.drop();
		}
	}

	@Override
	protected HeliosDbTable[] doAllTables() throws SQLException {
		return names(TABLES).stream().map(this::getTable).toArray(HeliosDbTable[]::new);
	}

	@Override
	public HeliosDbTable getTable(String tableName) {
		return new HeliosDbTable(this.jdbcTemplate, this.database, this, tableName);
	}

	private List<String> names(String sql) throws SQLException {
		return this.jdbcTemplate.queryForStringList(sql, this.name);
	}

}
