package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.jdbc.sql.DefinitionSql;
import io.heliosdb.jdbc.sql.NearestSql;
import io.heliosdb.jdbc.sql.NearestSql.Driver;
import io.heliosdb.jdbc.sql.NearestSql.Search;
import io.heliosdb.jdbc.sql.NearestSql.Source;
import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.VectorIndexSql;
import io.heliosdb.jdbc.sql.VectorSql;

/**
 * The vector indexes that a connection can use. The connection's lock guards it.
 * <p>
 * A vector index is a virtual table. An empty index of SQLite's on the column, whose name
 * is the vector index's with {@value #ANCHOR} behind it, follows when the table or the
 * column is renamed, and so tells what it is on.
 */
final class VectorIndexes {

	/** What a vector index's definition contains, for LIKE. */
	static final String DEFINITION = "%USING " + VectorSql.INDEX_MODULE + "%";

	static final String ANCHOR = "_anchor";

	private static final String MAIN = "main";

	/**
	 * So many distances are compared in about the time that a search by an index takes.
	 */
	private static final int FEW_ROWS = 1000;

	private static final Pattern EXPLAIN = Pattern.compile("(?i)^\\s*EXPLAIN(\\s+QUERY\\s+PLAN)?\\s");

	private static final Pattern INDEX = Pattern.compile("(?:COVERING )?INDEX (.*) \\((.*)\\)");

	private static final Pattern EQUAL = Pattern.compile("=\\?");

	private static final List<String> ROWID_NAMES = List.of("rowid", "_rowid_", "oid");

	private final Session session;

	private final NativeConnection nativeConnection;

	/** How much of an index a search looks at; null for the index's own default. */
	private Long beam;

	VectorIndexes(Session session, NativeConnection nativeConnection) {
		this.session = session;
		this.nativeConnection = nativeConnection;
		this.beam = session.settings().vectorBeam();
	}

	/**
	 * A vector index.
	 *
	 * @param name its name
	 * @param table the table that it is on
	 * @param column the column that it is on
	 * @param metric the metric of its distances
	 */
	private record Index(String name, String table, String column, String metric) {

		boolean isOn(String otherTable) {
			return this.table.equalsIgnoreCase(otherTable);
		}

		boolean isOn(String otherTable, String otherColumn) {
			return isOn(otherTable) && this.column.equalsIgnoreCase(otherColumn);
		}

		String quotedName() {
			return MAIN + "." + StatementText.quoted(this.name);
		}

		String drop() {
			return "DROP TABLE " + quotedName();
		}

		String command(String command) {
			return "INSERT INTO " + quotedName() + " (heliosdb_command) VALUES ('" + command + "')";
		}

	}

	Long beam() {
		return this.beam;
	}

	Long exchangeBeam(Long newBeam) {
		Long before = this.beam;
		this.beam = newBeam;
		return before;
	}

	/** What a statement that an index may serve depends on, beside its text. */
	String version() throws SQLException {
		return this.session.query("PRAGMA main.schema_version")[0] + " "
				+ this.session.query("PRAGMA temp.schema_version")[0] + " " + this.beam;
	}

	/* Searches */

	/**
	 * The indexes for the searches of a statement.
	 * @param statement the statement, with the points of the past as schemas
	 * @return an index for each search that has one
	 */
	Map<Search, Driver> drivers(NearestSql statement) throws NativeException {
		Map<Search, Driver> drivers = new HashMap<>();
		for (Search search : statement.searches()) {
			Source source = source(search);
			Driver driver = (source != null && !source.optional()) ? driver(search, source) : null;
			if (driver != null) {
				drivers.put(search, driver);
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
		Index index = indexes(schema).stream()
			.filter((candidate) -> candidate.isOn(source.table(), search.column())
					&& candidate.metric().equals(search.metric()))
			.findFirst()
			.orElse(null);
		if (index == null) {
			return null;
		}
		List<String> columns = columns(schema, source.table());
		String rowid = ROWID_NAMES.stream()
			.filter((name) -> columns.stream().noneMatch(name::equalsIgnoreCase))
			.findFirst()
			.orElse(null);
		boolean ordered = search.secondTerm() == null || isRowid(schema, source.table(), search.secondTerm(), columns);
		return (rowid != null && ordered) ? new Driver(schema, index.name(), source, rowid, this.beam) : null;
	}

	private List<Index> indexes(String schema) throws NativeException {
		String table = StatementText.quoted(schema) + ".sqlite_schema";
		List<Index> indexes = new ArrayList<>();
		for (Object[] row : NativeSql.rows(this.nativeConnection,
				"SELECT v.name, v.sql, a.tbl_name, i.name FROM " + table + " v JOIN " + table
						+ " a ON a.type = 'index' AND a.name = v.name || ? JOIN pragma_index_info(a.name, ?) i "
						+ "WHERE v.type = 'table' AND v.sql LIKE ?",
				ANCHOR, schema, DEFINITION)) {
			VectorIndexSql definition = VectorIndexSql.parse((String) row[1]);
			if (definition != null) {
				indexes.add(new Index((String) row[0], (String) row[2], (String) row[3], definition.metric()));
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

	private boolean isRowid(String schema, String table, String column, List<String> columns) throws NativeException {
		if (ROWID_NAMES.contains(column.toLowerCase(Locale.ROOT))) {
			return columns.stream().noneMatch(column::equalsIgnoreCase);
		}
		List<Object[]> key = NativeSql.rows(this.nativeConnection,
				"SELECT name, type FROM pragma_table_info(?, ?) WHERE pk > 0", table, schema);
		return key.size() == 1 && column.equalsIgnoreCase((String) key.get(0)[0])
				&& "INTEGER".equalsIgnoreCase((String) key.get(0)[1]);
	}

	/* Conditions that select few rows */

	/**
	 * Of the searches that an index could drive, those where that pays: not where SQLite
	 * would look a few rows of the table up, and so has few distances to compare.
	 * @param drivers an index for each search
	 * @param exact the statement without any index
	 * @return those of the drivers that pay
	 */
	Map<Search, Driver> worthwhile(Map<Search, Driver> drivers, String exact) throws NativeException {
		List<Object[]> plan = NativeSql.rows(this.nativeConnection,
				"EXPLAIN QUERY PLAN " + EXPLAIN.matcher(exact).replaceFirst(""));
		Map<Search, Driver> worthwhile = new HashMap<>(drivers);
		for (Map.Entry<Search, Driver> entry : drivers.entrySet()) {
			if (looksFewUp(plan, entry.getValue())) {
				worthwhile.remove(entry.getKey());
			}
		}
		return worthwhile;
	}

	/** Whether the first table of a join is this one, found by an index. */
	private boolean looksFewUp(List<Object[]> plan, Driver driver) throws NativeException {
		String search = "SEARCH " + driver.source().alias() + " USING ";
		Set<Object> selects = new HashSet<>();
		for (Object[] line : plan) {
			String detail = (String) line[3];
			boolean table = detail.startsWith("SEARCH ") || detail.startsWith("SCAN ");
			if (table && selects.add(line[1]) && detail.startsWith(search)
					&& findsFew(driver, detail.substring(search.length()))) {
				return true;
			}
		}
		return false;
	}

	private boolean findsFew(Driver driver, String access) throws NativeException {
		if (access.startsWith("INTEGER PRIMARY KEY (rowid=?")) {
			return true;
		}
		Matcher matcher = INDEX.matcher(access);
		if (!matcher.matches()) {
			return false;
		}
		int equal = (int) EQUAL.matcher(matcher.group(2)).results().count();
		List<Object[]> unique = NativeSql.rows(this.nativeConnection,
				"SELECT (SELECT count(*) FROM pragma_index_info(i.name, ?2)) FROM pragma_index_list(?1, ?2) i "
						+ "WHERE i.name = ?3 AND i.\"unique\"",
				driver.source().table(), driver.schema(), matcher.group(1));
		if (!unique.isEmpty() && (Long) unique.get(0)[0] == equal) {
			return true;
		}
		return rows(driver, matcher.group(1), equal) <= FEW_ROWS;
	}

	/** What ANALYZE found for so many columns of an index; a great number without it. */
	private long rows(Driver driver, String index, int columns) throws NativeException {
		String schema = StatementText.quoted(driver.schema());
		boolean analyzed = !NativeSql
			.rows(this.nativeConnection, "SELECT 1 FROM " + schema + ".sqlite_schema WHERE name = 'sqlite_stat1'")
			.isEmpty();
		List<Object[]> statistics = analyzed ? NativeSql.rows(this.nativeConnection,
				"SELECT stat FROM " + schema + ".sqlite_stat1 WHERE idx = ?", index) : List.of();
		String[] numbers = statistics.isEmpty() ? new String[0] : ((String) statistics.get(0)[0]).split(" ");
		boolean known = columns > 0 && columns < numbers.length && numbers[columns].matches("\\d{1,18}");
		return known ? Long.parseLong(numbers[columns]) : Long.MAX_VALUE;
	}

	/* Definitions */

	/**
	 * What a statement that changes the schema becomes.
	 * @param definition the statement
	 * @param text its text
	 * @return the text that SQLite is given
	 */
	String translate(DefinitionSql definition, String text) throws NativeException {
		if (definition.kind() == DefinitionSql.Kind.DROP_INDEX || definition.kind() == DefinitionSql.Kind.REINDEX) {
			for (Index index : indexes(definition)) {
				if (index.name().equalsIgnoreCase(definition.name())) {
					return (definition.kind() == DefinitionSql.Kind.REINDEX) ? index.command("rebuild") : index.drop();
				}
			}
		}
		return text;
	}

	/**
	 * What has to be done with a statement that changes the schema.
	 * @param definition the statement
	 * @return the statements
	 */
	Companions companions(DefinitionSql definition) throws NativeException {
		List<Index> indexes = indexes(definition);
		if (indexes.isEmpty()) {
			return Companions.NONE;
		}
		String name = definition.name();
		return switch (definition.kind()) {
			case DROP_TABLE -> new Companions(drops(indexes.stream().filter((index) -> index.isOn(name))), List.of());
			case DROP_COLUMN -> new Companions(
					drops(indexes.stream().filter((index) -> index.isOn(name, definition.column()))), List.of());
			case CREATE_UNIQUE_INDEX -> new Companions(List.of(), triggers(indexes, name));
			case DROP_INDEX -> new Companions(List.of(), triggers(indexes, tableOf(name)));
			case REINDEX -> new Companions(List.of(), rebuilds(indexes, name));
		};
	}

	private List<Index> indexes(DefinitionSql definition) throws NativeException {
		return (definition.schema() == null || definition.schema().equalsIgnoreCase(MAIN)) ? indexes(MAIN) : List.of();
	}

	private static List<String> drops(Stream<Index> indexes) {
		return indexes.map(Index::drop).toList();
	}

	/** Those of a table, or all; one that is itself named is rebuilt by the statement. */
	private static List<String> rebuilds(List<Index> indexes, String table) {
		return indexes.stream()
			.filter((index) -> table == null || index.isOn(table))
			.map((index) -> index.command("rebuild"))
			.toList();
	}

	/** They depend on which values of the table are unique. */
	private static List<String> triggers(List<Index> indexes, String table) {
		return indexes.stream().filter((index) -> index.isOn(table)).map((index) -> index.command("triggers")).toList();
	}

	/** The table of an ordinary index; empty if there is no such index. */
	private String tableOf(String index) throws NativeException {
		return NativeSql
			.rows(this.nativeConnection,
					"SELECT tbl_name FROM main.sqlite_schema WHERE type = 'index' AND lower(name) = lower(?)", index)
			.stream()
			.map((row) -> (String) row[0])
			.findFirst()
			.orElse("");
	}

}
