package io.heliosdb.jdbc;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.jdbc.sql.StatementText;

/**
 * The temporary virtual tables by which a connection reads the history of rows: the
 * engine's modules heliosdb_versions and heliosdb_changes need one a table, made when it
 * is first needed. The connection's lock guards it.
 */
final class HistoryTables {

	/** Name of the versions' tables, in front of a number. */
	static final String NAME_PREFIX = "heliosdb_history_of_";

	private static final int KEPT = 32;

	private static final String EXISTS = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' "
			+ "AND lower(name) = lower(?)";

	private final NativeConnection connection;

	private final Map<Key, Table> tables = new HashMap<>();

	private long schemaVersion;

	private int made;

	HistoryTables(NativeConnection connection) {
		this.connection = connection;
	}

	/** A kind of row history, with the name of its module. */
	enum Module {

		VERSIONS("heliosdb_versions"), CHANGES("heliosdb_changes");

		private final String sqlName;

		Module(String sqlName) {
			this.sqlName = sqlName;
		}

	}

	/**
	 * What a table is made for.
	 *
	 * @param module the module
	 * @param table name of the table in lower case
	 * @param columnsAsOf the point whose columns it has, -1 for the present
	 */
	private record Key(Module module, String table, long columnsAsOf) {
	}

	/**
	 * A temporary table.
	 *
	 * @param name as it may stand in SQL text
	 * @param definition the statement that makes it, unless it is there
	 */
	record Table(String name, String definition) {
	}

	/**
	 * The versions of a table's rows. Its columns are those of the table now, or if it
	 * has been dropped, at a point.
	 * @param table name of the table
	 * @param scn the point
	 * @return the temporary table, which exists
	 */
	Table versions(String table, long scn) throws NativeException {
		boolean exists = !NativeSql.rows(this.connection, EXISTS, table).isEmpty();
		return table(Module.VERSIONS, table, exists ? -1 : scn);
	}

	/**
	 * The differences between two points of a table.
	 * @param table name of the table
	 * @param scn the point whose columns it has
	 * @return the temporary table, which exists
	 */
	Table changes(String table, long scn) throws NativeException {
		return table(Module.CHANGES, table, scn);
	}

	private Table table(Module module, String table, long columnsAsOf) throws NativeException {
		long version = (Long) NativeSql.rows(this.connection, "PRAGMA main.schema_version").get(0)[0];
		if (version != this.schemaVersion || this.tables.size() >= KEPT) {
			dropAll();
			this.schemaVersion = version;
		}
		Table made = this.tables.computeIfAbsent(new Key(module, table.toLowerCase(Locale.ROOT), columnsAsOf),
				(key) -> define(key, table));
		make(List.of(made));
		return made;
	}

	private Table define(Key key, String table) {
		String name = "temp." + NAME_PREFIX + ++this.made;
		return new Table(name, "CREATE VIRTUAL TABLE IF NOT EXISTS " + name + " USING " + key.module().sqlName + "("
				+ StatementText.quoted(table) + ((key.columnsAsOf() >= 0) ? ", " + key.columnsAsOf() : "") + ")");
	}

	/** Makes what a rollback may have taken away. */
	void make(List<Table> needed) throws NativeException {
		for (Table table : needed) {
			NativeSql.rows(this.connection, table.definition());
		}
	}

	/** The columns may be others by now. What an open result reads stays for now. */
	private void dropAll() {
		Iterator<Table> each = this.tables.values().iterator();
		while (each.hasNext()) {
			String name = each.next().name();
			each.remove();
			try {
				NativeSql.rows(this.connection, "DROP TABLE IF EXISTS " + name);
			}
			catch (NativeException ex) {
				// In use: it goes with the connection, as its name is not used again.
				continue;
			}
		}
	}

}
