package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.PseudoColumnUsage;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.Rows;
import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.TableConstraints;
import io.heliosdb.jdbc.sql.TableConstraints.ForeignKey;

/**
 * What tools want to know about the database. The product is called SQLite, since that is
 * what Flyway, Liquibase, Hibernate, jOOQ and Spring Batch know and what the SQL is.
 * Catalogs do not exist. What the main and the temporary schema hold has no schema, as
 * with SQLite's other drivers; what an attached database holds has its name as schema.
 */
final class JdbcDatabaseMetaData implements DatabaseMetaData, SelfWrapper {

	/** All tables and views; sqlite_schema itself is a system table. */
	private static final String TABLES = "SELECT schema, iif(schema IN ('main', 'temp'), NULL, schema) AS schem, name, "
			+ "CASE WHEN name LIKE 'sqlite\\_%' ESCAPE '\\' THEN 'SYSTEM TABLE' WHEN type = 'view' THEN 'VIEW' "
			+ "WHEN schema = 'temp' THEN 'LOCAL TEMPORARY' ELSE 'TABLE' END AS type, wr, type = 'virtual' AS virtual "
			+ "FROM pragma_table_list WHERE type <> 'shadow' AND schema NOT GLOB '"
			+ Snapshots.schema(0).replace('0', '*') + "' AND NOT (schema = 'temp' AND name GLOB '"
			+ HistoryTables.NAME_PREFIX + "*') AND NOT (schema = 'main' AND type = 'virtual' AND name IN (SELECT name "
			+ "FROM main.sqlite_schema WHERE sql LIKE '" + VectorIndexes.DEFINITION + "'))";

	/** A vector index is known by the empty index that it has on its column. */
	private static final String INDEX_NAME = "coalesce((SELECT v.name FROM sqlite_schema v WHERE v.name || '"
			+ VectorIndexes.ANCHOR + "' = i.name AND v.sql LIKE '" + VectorIndexes.DEFINITION + "'), i.name)";

	/** A pattern; an empty one means what has no schema. */
	private static final String IN_SCHEMA = " AND (?1 IS NULL OR iif(?1 = '', schema IN ('main', 'temp'), "
			+ "schema LIKE ?1 ESCAPE '\\'))";

	/** A name; an empty one means what has no schema. */
	private static final String OF_SCHEMA = " AND (?1 IS NULL OR iif(?1 = '', schema IN ('main', 'temp'), "
			+ "lower(schema) = lower(?1)))";

	private static final String LIKE_2 = " LIKE ?2 ESCAPE '\\'";

	private static final String CATALOG_AND_SCHEMA = "NULL AS TABLE_CAT, schem AS TABLE_SCHEM, ";

	private final JdbcConnection connection;

	JdbcDatabaseMetaData(JdbcConnection connection) {
		this.connection = connection;
	}

	/* Tables and what belongs to them */

	@Override
	public ResultSet getTables(String catalog, String schemaPattern, String tableNamePattern, String[] types)
			throws SQLException {
		List<Object> parameters = new ArrayList<>(Arrays.asList(schemaPattern, pattern(tableNamePattern)));
		String typeFilter = "";
		if (types != null) {
			typeFilter = " WHERE type IN (" + String.join(", ", Collections.nCopies(types.length, "?")) + ")";
			parameters.addAll(Arrays.asList(types));
		}
		return query(
				"SELECT " + CATALOG_AND_SCHEMA + "name AS TABLE_NAME, type AS TABLE_TYPE, "
						+ "NULL AS REMARKS, NULL AS TYPE_CAT, NULL AS TYPE_SCHEM, NULL AS TYPE_NAME, "
						+ "NULL AS SELF_REFERENCING_COL_NAME, NULL AS REF_GENERATION FROM (" + TABLES + IN_SCHEMA
						+ " AND name" + LIKE_2 + ")" + typeFilter + " ORDER BY type, schem, name",
				parameters.toArray());
	}

	@Override
	public ResultSet getTableTypes() throws SQLException {
		return query("SELECT column1 AS TABLE_TYPE FROM (VALUES ('LOCAL TEMPORARY'), ('SYSTEM TABLE'), ('TABLE'), "
				+ "('VIEW'))");
	}

	@Override
	public ResultSet getColumns(String catalog, String schemaPattern, String tableNamePattern, String columnNamePattern)
			throws SQLException {
		String declared = "SELECT t.schem, t.name AS tbl, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, "
				+ "c.hidden, (SELECT count(*) FROM pragma_table_info(t.name, t.schema) p WHERE p.pk > 0) AS keys, "
				+ "c.cid - (SELECT count(*) FROM pragma_table_xinfo(t.name, t.schema) p WHERE p.hidden = 1 "
				+ "AND p.cid < c.cid) + 1 AS position FROM (" + TABLES + IN_SCHEMA + " AND name" + LIKE_2
				+ ") t, pragma_table_xinfo(t.name, t.schema) c WHERE c.name LIKE ?3 ESCAPE '\\' AND c.hidden <> 1 "
				+ "ORDER BY t.schem, t.name, c.cid";
		List<Object[]> rows = new ArrayList<>();
		try (ResultSet columns = query(declared, schemaPattern, pattern(tableNamePattern),
				pattern(columnNamePattern))) {
			while (columns.next()) {
				rows.add(column(columns));
			}
		}
		return memory(rows, "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME",
				"COLUMN_SIZE", "BUFFER_LENGTH", "DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "REMARKS", "COLUMN_DEF",
				"SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE",
				"SCOPE_CATALOG", "SCOPE_SCHEMA", "SCOPE_TABLE", "SOURCE_DATA_TYPE", "IS_AUTOINCREMENT",
				"IS_GENERATEDCOLUMN");
	}

	private static Object[] column(ResultSet columns) throws SQLException {
		String declared = columns.getString("type");
		int type = DeclaredType.jdbcType(declared, Rows.TEXT);
		boolean rowId = columns.getInt("pk") > 0 && columns.getInt("keys") == 1 && "INTEGER".equalsIgnoreCase(declared);
		boolean required = columns.getBoolean("notnull") || columns.getInt("pk") > 0;
		int size = DeclaredType.argument(declared, 0);
		return new Object[] { null, columns.getString("schem"), columns.getString("tbl"), columns.getString("name"),
				(long) type, declared.isEmpty() ? DeclaredType.sqlName(type) : DeclaredType.name(declared),
				(long) ((size > 0) ? size : Integer.MAX_VALUE), null, (long) DeclaredType.argument(declared, 1), 10L,
				(long) (required ? columnNoNulls : columnNullable), null, columns.getString("dflt_value"), null, null,
				(long) ((size > 0) ? size : Integer.MAX_VALUE), columns.getLong("position"), required ? "NO" : "YES",
				null, null, null, null, rowId ? "YES" : "NO", (columns.getInt("hidden") > 1) ? "YES" : "NO" };
	}

	@Override
	public ResultSet getPrimaryKeys(String catalog, String schema, String table) throws SQLException {
		String keys = "SELECT t.schem, t.schema, t.name, c.name, c.pk FROM (" + TABLES + OF_SCHEMA
				+ " AND lower(name) = lower(?2)) t, pragma_table_info(t.name, t.schema) c WHERE c.pk > 0 "
				+ "ORDER BY t.schem, c.name";
		List<Object[]> rows = new ArrayList<>();
		try (ResultSet columns = query(keys, schema, table)) {
			while (columns.next()) {
				rows.add(new Object[] { null, columns.getString(1), columns.getString(3), columns.getString(4),
						columns.getLong(5), constraints(columns.getString(2), columns.getString(3)).primaryKey() });
			}
		}
		return memory(rows, "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ", "PK_NAME");
	}

	private TableConstraints constraints(String schema, String table) throws SQLException {
		String statement = "SELECT sql FROM " + StatementText.quoted(schema)
				+ ".sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)";
		try (ResultSet sql = query(statement, table)) {
			return TableConstraints.of(sql.next() ? sql.getString(1) : null);
		}
	}

	@Override
	public ResultSet getIndexInfo(String catalog, String schema, String table, boolean unique, boolean approximate)
			throws SQLException {
		return query(
				"SELECT " + CATALOG_AND_SCHEMA + "t.name AS TABLE_NAME, "
						+ "NOT i.\"unique\" AS NON_UNIQUE, NULL AS INDEX_QUALIFIER, " + INDEX_NAME + " AS INDEX_NAME, "
						+ tableIndexOther + " AS TYPE, c.seqno + 1 AS ORDINAL_POSITION, c.name AS COLUMN_NAME, "
						+ "CASE WHEN c.\"desc\" THEN 'D' ELSE 'A' END AS ASC_OR_DESC, 0 AS CARDINALITY, 0 AS PAGES, "
						+ "NULL AS FILTER_CONDITION FROM (" + TABLES + OF_SCHEMA + " AND lower(name) = lower(?2)) t, "
						+ "pragma_index_list(t.name, t.schema) i, pragma_index_xinfo(i.name, t.schema) c WHERE c.key "
						+ "AND (i.\"unique\" OR NOT ?3) ORDER BY NON_UNIQUE, INDEX_NAME, ORDINAL_POSITION",
				schema, table, unique);
	}

	@Override
	public ResultSet getImportedKeys(String catalog, String schema, String table) throws SQLException {
		return foreignKeys(null, null, schema, table, "PKTABLE_SCHEM, PKTABLE_NAME, FKTABLE_NAME");
	}

	@Override
	public ResultSet getExportedKeys(String catalog, String schema, String table) throws SQLException {
		return foreignKeys(schema, table, null, null, "FKTABLE_SCHEM, FKTABLE_NAME");
	}

	@Override
	public ResultSet getCrossReference(String parentCatalog, String parentSchema, String parentTable,
			String foreignCatalog, String foreignSchema, String foreignTable) throws SQLException {
		return foreignKeys(parentSchema, parentTable, foreignSchema, foreignTable, "FKTABLE_SCHEM, FKTABLE_NAME");
	}

	/**
	 * A foreign key refers to a table of its own schema. Where it names no column, it
	 * means the parent's primary key. One without a name gets one of its table and its
	 * place there, as Liquibase cannot do without.
	 */
	private ResultSet foreignKeys(String parentSchema, String parent, String childSchema, String child, String order)
			throws SQLException {
		String keys = "SELECT t.schem AS PKTABLE_SCHEM, k.\"table\" AS PKTABLE_NAME, "
				+ "coalesce(k.\"to\", (SELECT p.name FROM pragma_table_info(k.\"table\", t.schema) p "
				+ "WHERE p.pk = k.seq + 1)) AS PKCOLUMN_NAME, t.schem AS FKTABLE_SCHEM, t.name AS FKTABLE_NAME, "
				+ "k.\"from\" AS FKCOLUMN_NAME, k.seq + 1 AS KEY_SEQ, " + rule("on_update") + " AS UPDATE_RULE, "
				+ rule("on_delete") + " AS DELETE_RULE, t.schema AS fk_schema, k.id, "
				+ "t.name || '_fk' || ((SELECT max(o.id) FROM pragma_foreign_key_list(t.name, t.schema) o) - k.id + 1) "
				+ "AS made_up_name FROM (" + TABLES + OF_SCHEMA + OF_SCHEMA.replace("?1", "?3")
				+ ") t, pragma_foreign_key_list(t.name, t.schema) k "
				+ "WHERE (?2 IS NULL OR lower(k.\"table\") = lower(?2)) AND (?4 IS NULL OR lower(t.name) = lower(?4)) "
				+ "ORDER BY " + order + ", k.id, KEY_SEQ";
		List<Object[]> rows = new ArrayList<>();
		try (ResultSet found = query(keys, parentSchema, parent, childSchema, child)) {
			while (found.next()) {
				String schema = found.getString("fk_schema");
				ForeignKey key = constraints(schema, found.getString("FKTABLE_NAME")).foreignKey(found.getInt("id"));
				rows.add(new Object[] { null, found.getString("PKTABLE_SCHEM"), found.getString("PKTABLE_NAME"),
						found.getString("PKCOLUMN_NAME"), null, found.getString("FKTABLE_SCHEM"),
						found.getString("FKTABLE_NAME"), found.getString("FKCOLUMN_NAME"), found.getLong("KEY_SEQ"),
						found.getLong("UPDATE_RULE"), found.getLong("DELETE_RULE"),
						(key.name() != null) ? key.name() : found.getString("made_up_name"),
						constraints(schema, found.getString("PKTABLE_NAME")).primaryKey(),
						(long) (key.deferred() ? importedKeyInitiallyDeferred : importedKeyNotDeferrable) });
			}
		}
		return memory(rows, "PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_CAT",
				"FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE", "DELETE_RULE", "FK_NAME",
				"PK_NAME", "DEFERRABILITY");
	}

	private static String rule(String column) {
		return "CASE k." + column + " WHEN 'CASCADE' THEN " + importedKeyCascade + " WHEN 'RESTRICT' THEN "
				+ importedKeyRestrict + " WHEN 'SET NULL' THEN " + importedKeySetNull + " WHEN 'SET DEFAULT' THEN "
				+ importedKeySetDefault + " ELSE " + importedKeyNoAction + " END";
	}

	/** The primary key, or the rowid where there is none. */
	@Override
	public ResultSet getBestRowIdentifier(String catalog, String schema, String table, int scope, boolean nullable)
			throws SQLException {
		List<Object[]> rows = new ArrayList<>();
		String keys = "SELECT c.name, c.type FROM (" + TABLES + OF_SCHEMA
				+ " AND lower(name) = lower(?2)) t, pragma_table_info(t.name, t.schema) c WHERE c.pk > 0 ORDER BY c.pk";
		try (ResultSet columns = query(keys, schema, table)) {
			while (columns.next()) {
				int type = DeclaredType.jdbcType(columns.getString(2), Rows.TEXT);
				rows.add(new Object[] { (long) bestRowSession, columns.getString(1), (long) type,
						DeclaredType.sqlName(type), 0L, 0L, 0L, (long) bestRowNotPseudo });
			}
		}
		if (rows.isEmpty()) {
			try (ResultSet columns = query(ROW_IDS.replace(LIKE_2, " = ?2 COLLATE NOCASE"), schema, table)) {
				while (columns.next()) {
					rows.add(new Object[] { (long) bestRowTransaction, "rowid", (long) Types.BIGINT, "INTEGER", 19L, 8L,
							0L, (long) bestRowPseudo });
				}
			}
		}
		return memory(rows, "SCOPE", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "BUFFER_LENGTH",
				"DECIMAL_DIGITS", "PSEUDO_COLUMN");
	}

	/** The tables that have a rowid which no column of that name hides. */
	private static final String ROW_IDS = "SELECT schem, name FROM (" + TABLES + IN_SCHEMA + " AND name" + LIKE_2
			+ ") t WHERE type <> 'VIEW' AND NOT wr AND NOT virtual AND NOT EXISTS (SELECT 1 "
			+ "FROM pragma_table_xinfo(t.name, t.schema) c WHERE lower(c.name) = 'rowid') ORDER BY schem, name";

	@Override
	public ResultSet getPseudoColumns(String catalog, String schemaPattern, String tableNamePattern,
			String columnNamePattern) throws SQLException {
		String rowIds = "SELECT " + CATALOG_AND_SCHEMA + "name AS TABLE_NAME, 'rowid' AS COLUMN_NAME, " + Types.BIGINT
				+ " AS DATA_TYPE, 19 AS COLUMN_SIZE, 0 AS DECIMAL_DIGITS, 10 AS NUM_PREC_RADIX, '"
				+ PseudoColumnUsage.NO_USAGE_RESTRICTIONS + "' AS COLUMN_USAGE, NULL AS REMARKS, "
				+ "NULL AS CHAR_OCTET_LENGTH, 'NO' AS IS_NULLABLE FROM (" + ROW_IDS
				+ ") WHERE 'rowid' LIKE ?3 ESCAPE '\\'";
		return query(rowIds, schemaPattern, pattern(tableNamePattern), pattern(columnNamePattern));
	}

	@Override
	public ResultSet getVersionColumns(String catalog, String schema, String table) throws SQLException {
		return empty("SCOPE", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "BUFFER_LENGTH", "DECIMAL_DIGITS",
				"PSEUDO_COLUMN");
	}

	@Override
	public ResultSet getSchemas() throws SQLException {
		return getSchemas(null, null);
	}

	/** The attached databases. */
	@Override
	public ResultSet getSchemas(String catalog, String schemaPattern) throws SQLException {
		return query(
				"SELECT name AS TABLE_SCHEM, NULL AS TABLE_CATALOG FROM pragma_database_list "
						+ "WHERE name NOT IN ('main', 'temp') AND name NOT GLOB '"
						+ Snapshots.schema(0).replace('0', '*') + "' AND name LIKE ? ESCAPE '\\' ORDER BY name",
				pattern(schemaPattern));
	}

	@Override
	public ResultSet getCatalogs() throws SQLException {
		return empty("TABLE_CAT");
	}

	/** SQLite's own functions and those that were registered, the application's too. */
	@Override
	public ResultSet getFunctions(String catalog, String schemaPattern, String functionNamePattern)
			throws SQLException {
		return query("SELECT DISTINCT NULL AS FUNCTION_CAT, NULL AS FUNCTION_SCHEM, name AS FUNCTION_NAME, "
				+ "NULL AS REMARKS, " + functionNoTable + " AS FUNCTION_TYPE, name || '/' || narg AS SPECIFIC_NAME "
				+ "FROM pragma_function_list WHERE name LIKE ? ESCAPE '\\' ORDER BY name, narg",
				pattern(functionNamePattern));
	}

	@Override
	public ResultSet getTypeInfo() throws SQLException {
		List<Object[]> rows = new ArrayList<>();
		for (JDBCType type : new JDBCType[] { JDBCType.BIGINT, JDBCType.NULL, JDBCType.DECIMAL, JDBCType.INTEGER,
				JDBCType.REAL, JDBCType.VARCHAR, JDBCType.BOOLEAN, JDBCType.DATE, JDBCType.TIME, JDBCType.TIMESTAMP,
				JDBCType.BLOB }) {
			String name = (type == JDBCType.VARCHAR) ? "TEXT" : type.getName();
			String quote = switch (type) {
				case VARCHAR, DATE, TIME, TIMESTAMP -> "'";
				default -> null;
			};
			rows.add(new Object[] { name, (long) type.getVendorTypeNumber(), 0L, (type == JDBCType.BLOB) ? "x'" : quote,
					(type == JDBCType.BLOB) ? "'" : quote, null, (long) typeNullable, 1L, (long) typeSearchable, 0L, 0L,
					(type == JDBCType.INTEGER) ? 1L : 0L, name, 0L, 0L, null, null, 10L });
		}
		return memory(rows, "TYPE_NAME", "DATA_TYPE", "PRECISION", "LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS",
				"NULLABLE", "CASE_SENSITIVE", "SEARCHABLE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE", "AUTO_INCREMENT",
				"LOCAL_TYPE_NAME", "MINIMUM_SCALE", "MAXIMUM_SCALE", "SQL_DATA_TYPE", "SQL_DATETIME_SUB",
				"NUM_PREC_RADIX");
	}

	/* Who this is */

	@Override
	public String getURL() {
		return ConnectionSettings.PREFIX + this.connection.session().settings().displayName();
	}

	@Override
	public String getDatabaseProductVersion() throws SQLException {
		return this.connection.getDatabaseStatus().sqliteVersion();
	}

	@Override
	public String getDriverVersion() throws SQLException {
		return this.connection.getDatabaseStatus().engineVersion();
	}

	private int version(int part) throws SQLException {
		return Integer.parseInt(getDatabaseProductVersion().split("\\.")[part]);
	}

	@Override
	public boolean isReadOnly() throws SQLException {
		return this.connection.isReadOnly();
	}

	@Override
	public Connection getConnection() {
		return this.connection;
	}

	@Override
	public RowIdLifetime getRowIdLifetime() {
		return RowIdLifetime.ROWID_VALID_TRANSACTION;
	}

	@Override
	public boolean supportsResultSetType(int type) {
		return type == ResultSet.TYPE_FORWARD_ONLY || type == ResultSet.TYPE_SCROLL_INSENSITIVE;
	}

	@Override
	public boolean supportsResultSetConcurrency(int type, int concurrency) {
		return supportsResultSetType(type) && concurrency == ResultSet.CONCUR_READ_ONLY;
	}

	@Override
	public boolean supportsResultSetHoldability(int holdability) {
		return holdability == ResultSet.HOLD_CURSORS_OVER_COMMIT;
	}

	@Override
	public boolean supportsTransactionIsolationLevel(int level) {
		return level == Connection.TRANSACTION_SERIALIZABLE;
	}

	@Override
	public String getSQLKeywords() {
		return "ABORT,ANALYZE,ATTACH,AUTOINCREMENT,CONFLICT,DATABASE,DETACH,EXCLUSIVE,EXPLAIN,FAIL,GLOB,IGNORE,INDEX,INDEXED,"
				+ "INSTEAD,ISNULL,LIMIT,MATERIALIZED,NOTHING,NOTNULL,OFFSET,PLAN,PRAGMA,QUERY,RAISE,REGEXP,REINDEX,RENAME,"
				+ "REPLACE,RETURNING,TEMP,TRANSACTION,UNBOUNDED,VACUUM,VIEW,VIRTUAL";
	}

	@Override
	public String getNumericFunctions() {
		return "abs,acos,asin,atan,atan2,ceil,ceiling,cos,degrees,exp,floor,log,log10,mod,pi,power,radians,random,round,sign,"
				+ "sin,sqrt,tan,truncate";
	}

	@Override
	public String getStringFunctions() {
		return "ascii,char,char_length,character_length,concat,concat_ws,glob,hex,instr,lcase,length,lower,ltrim,"
				+ "replace,rtrim,substr,substring,trim,ucase,unicode,upper";
	}

	@Override
	public String getSystemFunctions() {
		return "changes,coalesce,database,ifnull,iif,last_insert_rowid,nullif,sqlite_version,total_changes,typeof,user";
	}

	@Override
	public String getTimeDateFunctions() {
		return "curdate,current_date,current_time,current_timestamp,curtime,date,datetime,julianday,now,strftime,time,"
				+ "timediff,unixepoch";
	}

	@Override
	public int getMaxColumnsInTable() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_COLUMN);
	}

	@Override
	public int getMaxColumnsInSelect() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_COLUMN);
	}

	@Override
	public int getMaxColumnsInIndex() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_COLUMN);
	}

	@Override
	public int getMaxColumnsInGroupBy() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_COLUMN);
	}

	@Override
	public int getMaxColumnsInOrderBy() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_COLUMN);
	}

	@Override
	public int getMaxStatementLength() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_SQL_LENGTH);
	}

	@Override
	public int getMaxBinaryLiteralLength() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_SQL_LENGTH);
	}

	@Override
	public int getMaxCharLiteralLength() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_SQL_LENGTH);
	}

	@Override
	public int getMaxRowSize() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_LENGTH);
	}

	@Override
	public long getMaxLogicalLobSize() throws SQLException {
		return this.connection.session().limit(NativeConnection.LIMIT_LENGTH);
	}

	/** Most tables in a join, SQLite's one limit that no connection can tell. */
	@Override
	public int getMaxTablesInSelect() {
		return 64;
	}

	/* How results are made */

	private static String pattern(String pattern) {
		return (pattern != null) ? pattern : "%";
	}

	private ResultSet query(String sql, Object... parameters) throws SQLException {
		PreparedStatement statement = this.connection.prepareStatement(sql);
		try {
			statement.closeOnCompletion();
			for (int i = 0; i < parameters.length; i++) {
				statement.setObject(i + 1, parameters[i]);
			}
			return statement.executeQuery();
		}
		catch (SQLException ex) {
			statement.close();
			throw ex;
		}
	}

	private ResultSet memory(List<Object[]> rows, String... labels) throws SQLException {
		JdbcStatement statement = new JdbcStatement(this.connection);
		return new JdbcResultSet(statement, new MemoryCursor(List.of(labels), rows), null);
	}

	private ResultSet empty(String... labels) throws SQLException {
		return memory(List.of(), labels);
	}

	/* What SQLite can do */

	@Override
	public boolean allProceduresAreCallable() {
		return false;
	}

	@Override
	public boolean allTablesAreSelectable() {
		return true;
	}

	@Override
	public boolean nullsAreSortedHigh() {
		return false;
	}

	@Override
	public boolean nullsAreSortedLow() {
		return true;
	}

	@Override
	public boolean nullsAreSortedAtStart() {
		return false;
	}

	@Override
	public boolean nullsAreSortedAtEnd() {
		return false;
	}

	@Override
	public boolean usesLocalFiles() {
		return true;
	}

	@Override
	public boolean usesLocalFilePerTable() {
		return false;
	}

	@Override
	public boolean supportsMixedCaseIdentifiers() {
		return false;
	}

	@Override
	public boolean storesUpperCaseIdentifiers() {
		return false;
	}

	@Override
	public boolean storesLowerCaseIdentifiers() {
		return false;
	}

	@Override
	public boolean storesMixedCaseIdentifiers() {
		return true;
	}

	@Override
	public boolean supportsMixedCaseQuotedIdentifiers() {
		return false;
	}

	@Override
	public boolean storesUpperCaseQuotedIdentifiers() {
		return false;
	}

	@Override
	public boolean storesLowerCaseQuotedIdentifiers() {
		return false;
	}

	@Override
	public boolean storesMixedCaseQuotedIdentifiers() {
		return true;
	}

	@Override
	public boolean supportsAlterTableWithAddColumn() {
		return true;
	}

	@Override
	public boolean supportsAlterTableWithDropColumn() {
		return true;
	}

	@Override
	public boolean supportsColumnAliasing() {
		return true;
	}

	@Override
	public boolean nullPlusNonNullIsNull() {
		return true;
	}

	@Override
	public boolean supportsConvert() {
		return false;
	}

	@Override
	public boolean supportsConvert(int fromType, int toType) {
		return false;
	}

	@Override
	public boolean supportsTableCorrelationNames() {
		return true;
	}

	@Override
	public boolean supportsDifferentTableCorrelationNames() {
		return false;
	}

	@Override
	public boolean supportsExpressionsInOrderBy() {
		return true;
	}

	@Override
	public boolean supportsOrderByUnrelated() {
		return true;
	}

	@Override
	public boolean supportsGroupBy() {
		return true;
	}

	@Override
	public boolean supportsGroupByUnrelated() {
		return true;
	}

	@Override
	public boolean supportsGroupByBeyondSelect() {
		return true;
	}

	@Override
	public boolean supportsLikeEscapeClause() {
		return true;
	}

	@Override
	public boolean supportsMultipleResultSets() {
		return true;
	}

	@Override
	public boolean supportsMultipleTransactions() {
		return true;
	}

	@Override
	public boolean supportsNonNullableColumns() {
		return true;
	}

	@Override
	public boolean supportsMinimumSQLGrammar() {
		return true;
	}

	@Override
	public boolean supportsCoreSQLGrammar() {
		return true;
	}

	@Override
	public boolean supportsExtendedSQLGrammar() {
		return false;
	}

	@Override
	public boolean supportsANSI92EntryLevelSQL() {
		return true;
	}

	@Override
	public boolean supportsANSI92IntermediateSQL() {
		return false;
	}

	@Override
	public boolean supportsANSI92FullSQL() {
		return false;
	}

	@Override
	public boolean supportsIntegrityEnhancementFacility() {
		return true;
	}

	@Override
	public boolean supportsOuterJoins() {
		return true;
	}

	@Override
	public boolean supportsFullOuterJoins() {
		return true;
	}

	@Override
	public boolean supportsLimitedOuterJoins() {
		return true;
	}

	@Override
	public boolean isCatalogAtStart() {
		return false;
	}

	@Override
	public boolean supportsSchemasInDataManipulation() {
		return true;
	}

	@Override
	public boolean supportsSchemasInProcedureCalls() {
		return false;
	}

	@Override
	public boolean supportsSchemasInTableDefinitions() {
		return true;
	}

	@Override
	public boolean supportsSchemasInIndexDefinitions() {
		return true;
	}

	@Override
	public boolean supportsSchemasInPrivilegeDefinitions() {
		return false;
	}

	@Override
	public boolean supportsCatalogsInDataManipulation() {
		return false;
	}

	@Override
	public boolean supportsCatalogsInProcedureCalls() {
		return false;
	}

	@Override
	public boolean supportsCatalogsInTableDefinitions() {
		return false;
	}

	@Override
	public boolean supportsCatalogsInIndexDefinitions() {
		return false;
	}

	@Override
	public boolean supportsCatalogsInPrivilegeDefinitions() {
		return false;
	}

	@Override
	public boolean supportsPositionedDelete() {
		return false;
	}

	@Override
	public boolean supportsPositionedUpdate() {
		return false;
	}

	@Override
	public boolean supportsSelectForUpdate() {
		return false;
	}

	@Override
	public boolean supportsStoredProcedures() {
		return false;
	}

	@Override
	public boolean supportsSubqueriesInComparisons() {
		return true;
	}

	@Override
	public boolean supportsSubqueriesInExists() {
		return true;
	}

	@Override
	public boolean supportsSubqueriesInIns() {
		return true;
	}

	@Override
	public boolean supportsSubqueriesInQuantifieds() {
		return false;
	}

	@Override
	public boolean supportsCorrelatedSubqueries() {
		return true;
	}

	@Override
	public boolean supportsUnion() {
		return true;
	}

	@Override
	public boolean supportsUnionAll() {
		return true;
	}

	@Override
	public boolean supportsOpenCursorsAcrossCommit() {
		return true;
	}

	@Override
	public boolean supportsOpenCursorsAcrossRollback() {
		return false;
	}

	@Override
	public boolean supportsOpenStatementsAcrossCommit() {
		return true;
	}

	@Override
	public boolean supportsOpenStatementsAcrossRollback() {
		return true;
	}

	@Override
	public boolean doesMaxRowSizeIncludeBlobs() {
		return true;
	}

	@Override
	public boolean supportsTransactions() {
		return true;
	}

	@Override
	public boolean supportsDataDefinitionAndDataManipulationTransactions() {
		return true;
	}

	@Override
	public boolean supportsDataManipulationTransactionsOnly() {
		return false;
	}

	@Override
	public boolean dataDefinitionCausesTransactionCommit() {
		return false;
	}

	@Override
	public boolean dataDefinitionIgnoredInTransactions() {
		return false;
	}

	@Override
	public boolean ownUpdatesAreVisible(int type) {
		return false;
	}

	@Override
	public boolean ownDeletesAreVisible(int type) {
		return false;
	}

	@Override
	public boolean ownInsertsAreVisible(int type) {
		return false;
	}

	@Override
	public boolean othersUpdatesAreVisible(int type) {
		return false;
	}

	@Override
	public boolean othersDeletesAreVisible(int type) {
		return false;
	}

	@Override
	public boolean othersInsertsAreVisible(int type) {
		return false;
	}

	@Override
	public boolean updatesAreDetected(int type) {
		return false;
	}

	@Override
	public boolean deletesAreDetected(int type) {
		return false;
	}

	@Override
	public boolean insertsAreDetected(int type) {
		return false;
	}

	@Override
	public boolean supportsBatchUpdates() {
		return true;
	}

	@Override
	public boolean supportsSavepoints() {
		return true;
	}

	@Override
	public boolean supportsNamedParameters() {
		return false;
	}

	@Override
	public boolean supportsMultipleOpenResults() {
		return false;
	}

	@Override
	public boolean supportsGetGeneratedKeys() {
		return true;
	}

	@Override
	public boolean locatorsUpdateCopy() {
		return true;
	}

	@Override
	public boolean supportsStatementPooling() {
		return true;
	}

	@Override
	public boolean supportsStoredFunctionsUsingCallSyntax() {
		return false;
	}

	@Override
	public boolean autoCommitFailureClosesAllResultSets() {
		return false;
	}

	@Override
	public boolean generatedKeyAlwaysReturned() {
		return false;
	}

	/* Limits (0: none, or not known) and constants */

	@Override
	public int getDriverMajorVersion() {
		return HeliosDriver.MAJOR_VERSION;
	}

	@Override
	public int getDriverMinorVersion() {
		return HeliosDriver.MINOR_VERSION;
	}

	@Override
	public int getMaxColumnNameLength() {
		return 0;
	}

	@Override
	public int getMaxConnections() {
		return 0;
	}

	@Override
	public int getMaxCursorNameLength() {
		return 0;
	}

	@Override
	public int getMaxIndexLength() {
		return 0;
	}

	@Override
	public int getMaxSchemaNameLength() {
		return 0;
	}

	@Override
	public int getMaxProcedureNameLength() {
		return 0;
	}

	@Override
	public int getMaxCatalogNameLength() {
		return 0;
	}

	@Override
	public int getMaxStatements() {
		return 0;
	}

	@Override
	public int getMaxTableNameLength() {
		return 0;
	}

	@Override
	public int getMaxUserNameLength() {
		return 0;
	}

	@Override
	public int getDefaultTransactionIsolation() {
		return Connection.TRANSACTION_SERIALIZABLE;
	}

	@Override
	public int getResultSetHoldability() {
		return ResultSet.HOLD_CURSORS_OVER_COMMIT;
	}

	@Override
	public int getDatabaseMajorVersion() throws SQLException {
		return version(0);
	}

	@Override
	public int getDatabaseMinorVersion() throws SQLException {
		return version(1);
	}

	@Override
	public int getJDBCMajorVersion() {
		return 4;
	}

	@Override
	public int getJDBCMinorVersion() {
		return 3;
	}

	@Override
	public int getSQLStateType() {
		return sqlStateSQL;
	}

	@Override
	public String getUserName() {
		return "";
	}

	@Override
	public String getDatabaseProductName() {
		return "SQLite";
	}

	@Override
	public String getDriverName() {
		return "HeliosDB JDBC";
	}

	@Override
	public String getIdentifierQuoteString() {
		return "\"";
	}

	@Override
	public String getSearchStringEscape() {
		return "\\";
	}

	@Override
	public String getExtraNameCharacters() {
		return "$";
	}

	@Override
	public String getSchemaTerm() {
		return "schema";
	}

	@Override
	public String getProcedureTerm() {
		return "";
	}

	@Override
	public String getCatalogTerm() {
		return "";
	}

	@Override
	public String getCatalogSeparator() {
		return ".";
	}

	/* What SQLite does not have: no rows */

	@Override
	public ResultSet getProcedures(String catalog, String schemaPattern, String procedureNamePattern)
			throws SQLException {
		return empty("PROCEDURE_CAT", "PROCEDURE_SCHEM", "PROCEDURE_NAME", "RESERVED1", "RESERVED2", "RESERVED3",
				"REMARKS", "PROCEDURE_TYPE", "SPECIFIC_NAME");
	}

	@Override
	public ResultSet getProcedureColumns(String catalog, String schemaPattern, String procedureNamePattern,
			String columnNamePattern) throws SQLException {
		return empty("PROCEDURE_CAT", "PROCEDURE_SCHEM", "PROCEDURE_NAME", "COLUMN_NAME", "COLUMN_TYPE", "DATA_TYPE",
				"TYPE_NAME", "PRECISION", "LENGTH", "SCALE", "RADIX", "NULLABLE", "REMARKS", "COLUMN_DEF",
				"SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE",
				"SPECIFIC_NAME");
	}

	@Override
	public ResultSet getColumnPrivileges(String catalog, String schema, String table, String columnNamePattern)
			throws SQLException {
		return empty("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "GRANTOR", "GRANTEE", "PRIVILEGE",
				"IS_GRANTABLE");
	}

	@Override
	public ResultSet getTablePrivileges(String catalog, String schemaPattern, String tableNamePattern)
			throws SQLException {
		return empty("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "GRANTOR", "GRANTEE", "PRIVILEGE", "IS_GRANTABLE");
	}

	@Override
	public ResultSet getUDTs(String catalog, String schemaPattern, String typeNamePattern, int[] types)
			throws SQLException {
		return empty("TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME", "CLASS_NAME", "DATA_TYPE", "REMARKS", "BASE_TYPE");
	}

	@Override
	public ResultSet getSuperTypes(String catalog, String schemaPattern, String typeNamePattern) throws SQLException {
		return empty("TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME", "SUPERTYPE_CAT", "SUPERTYPE_SCHEM", "SUPERTYPE_NAME");
	}

	@Override
	public ResultSet getSuperTables(String catalog, String schemaPattern, String tableNamePattern) throws SQLException {
		return empty("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "SUPERTABLE_NAME");
	}

	@Override
	public ResultSet getAttributes(String catalog, String schemaPattern, String typeNamePattern,
			String attributeNamePattern) throws SQLException {
		return empty("TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME", "ATTR_NAME", "DATA_TYPE", "ATTR_TYPE_NAME", "ATTR_SIZE",
				"DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "REMARKS", "ATTR_DEF", "SQL_DATA_TYPE",
				"SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE", "SCOPE_CATALOG",
				"SCOPE_SCHEMA", "SCOPE_TABLE", "SOURCE_DATA_TYPE");
	}

	@Override
	public ResultSet getClientInfoProperties() throws SQLException {
		return empty("NAME", "MAX_LEN", "DEFAULT_VALUE", "DESCRIPTION");
	}

	@Override
	public ResultSet getFunctionColumns(String catalog, String schemaPattern, String functionNamePattern,
			String columnNamePattern) throws SQLException {
		return empty("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "COLUMN_NAME", "COLUMN_TYPE", "DATA_TYPE",
				"TYPE_NAME", "PRECISION", "LENGTH", "SCALE", "RADIX", "NULLABLE", "REMARKS", "CHAR_OCTET_LENGTH",
				"ORDINAL_POSITION", "IS_NULLABLE", "SPECIFIC_NAME");
	}

}
