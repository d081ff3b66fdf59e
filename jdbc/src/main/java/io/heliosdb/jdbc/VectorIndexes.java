package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.jdbc.sql.NearestSql;
import io.heliosdb.jdbc.sql.NearestSql.Driver;
import io.heliosdb.jdbc.sql.NearestSql.Search;
import io.heliosdb.jdbc.sql.NearestSql.Source;
import io.heliosdb.jdbc.sql.VectorIndexSql;

/**
 * The vector indexes that a connection can use. The connection's lock guards it.
 */
final class VectorIndexes {

	private static final String MAIN = "main";

	private static final String DEFINITIONS = "SELECT name, sql FROM %s.sqlite_schema WHERE type = 'table' "
			+ "AND sql LIKE '%%USING heliosdb_vector_index%%'";

	private static final List<String> ROWID_NAMES = List.of("rowid", "_rowid_", "oid");

	private final JdbcConnection connection;

	private final NativeConnection nativeConnection;

	/** How much of an index a search looks at; null for the index's own default. */
	private Long beam;

	VectorIndexes(JdbcConnection connection, NativeConnection nativeConnection) {
		this.connection = connection;
		this.nativeConnection = nativeConnection;
	}

	Long beam() {
		return this.beam;
	}

	void setBeam(Long beam) {
		this.beam = beam;
	}

	/** What a statement that an index may serve depends on, beside its text. */
	String version() throws SQLException {
		return this.connection.query("PRAGMA main.schema_version")[0] + " "
				+ this.connection.query("PRAGMA temp.schema_version")[0] + " " + this.beam;
	}

	/**
	 * The indexes for the searches of a statement.
	 * @param statement the statement, with the points of the past as schemas
	 * @return an index for each search that has one
	 */
	Map<Search, Driver> drivers(NearestSql statement) throws NativeException {
		Map<Search, Driver> drivers = new HashMap<>();
		for (Search search : statement.searches()) {
			Source source = source(search);
			if (source != null && !source.optional()) {
				Driver driver = driver(search, source);
				if (driver != null) {
					drivers.put(search, driver);
				}
			}
		}
		return drivers;
	}

	/** The table that has the column; null if that cannot be told. */
	private Source source(Search search) throws NativeException {
		if (search.qualifier() != null) {
			return search.sources()
				.stream()
				.filter((source) -> search.qualifier().equalsIgnoreCase(source.alias()))
				.findFirst()
				.orElse(null);
		}
		if (search.sources().size() == 1) {
			return search.sources().get(0);
		}
		Source found = null;
		for (Source source : search.sources()) {
			if (source.table() == null) {
				return null;
			}
			if (columns(schema(source), source.table()).stream().anyMatch(search.column()::equalsIgnoreCase)) {
				found = source;
			}
		}
		return found;
	}

	private Driver driver(Search search, Source source) throws NativeException {
		if (source.table() == null) {
			return null;
		}
		String schema = schema(source);
		if (!schema.equalsIgnoreCase(MAIN) && !Snapshots.isSchema(schema)) {
			return null;
		}
		for (VectorIndexSql index : indexes(schema)) {
			if (index.isFor(source.table(), search.column(), search.metric())) {
				List<String> columns = columns(schema, source.table());
				String rowid = ROWID_NAMES.stream()
					.filter((name) -> columns.stream().noneMatch(name::equalsIgnoreCase))
					.findFirst()
					.orElse(null);
				boolean ordered = search.secondTerm() == null || isRowid(schema, source.table(), search.secondTerm());
				return (rowid != null && ordered) ? new Driver(schema, index.name(), source, rowid, this.beam) : null;
			}
		}
		return null;
	}

	private List<VectorIndexSql> indexes(String schema) throws NativeException {
		List<VectorIndexSql> indexes = new ArrayList<>();
		for (Object[] row : NativeSql.rows(this.nativeConnection, DEFINITIONS.formatted("\"" + schema + "\""))) {
			VectorIndexSql index = VectorIndexSql.parse((String) row[1]);
			if (index != null) {
				indexes.add(index);
			}
		}
		return indexes;
	}

	/** Where SQLite would find a table. */
	private String schema(Source source) throws NativeException {
		if (source.schema() != null) {
			return source.schema();
		}
		boolean temporary = !NativeSql
			.rows(this.nativeConnection, "SELECT 1 FROM temp.sqlite_schema WHERE lower(name) = lower(?)",
					source.table())
			.isEmpty();
		return temporary ? "temp" : MAIN;
	}

	private List<String> columns(String schema, String table) throws NativeException {
		return NativeSql.rows(this.nativeConnection, "SELECT name FROM pragma_table_info(?, ?)", table, schema)
			.stream()
			.map((row) -> (String) row[0])
			.toList();
	}

	private boolean isRowid(String schema, String table, String column) throws NativeException {
		if (ROWID_NAMES.contains(column.toLowerCase(java.util.Locale.ROOT))) {
			return columns(schema, table).stream().noneMatch(column::equalsIgnoreCase);
		}
		List<Object[]> key = NativeSql.rows(this.nativeConnection,
				"SELECT name, type FROM pragma_table_info(?, ?) WHERE pk > 0", table, schema);
		return key.size() == 1 && column.equalsIgnoreCase((String) key.get(0)[0])
				&& "INTEGER".equalsIgnoreCase((String) key.get(0)[1]);
	}

}
