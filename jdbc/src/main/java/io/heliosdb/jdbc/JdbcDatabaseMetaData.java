package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import io.heliosdb.engine.Rows;

/**
 * What tools want to know about the database. The product is called SQLite, since that is
 * what Flyway, Liquibase, Hibernate, jOOQ and Spring Batch know and what the SQL is.
 * Catalogs and schemas do not exist, as with SQLite's other drivers: objects of the main
 * and the temporary schema are listed.
 */
final class JdbcDatabaseMetaData implements DatabaseMetaData, SelfWrapper {

	/** All tables and views; sqlite_schema itself is a system table. */
	private static final String TABLES = "SELECT name, CASE WHEN name LIKE 'sqlite\\_%' ESCAPE '\\' THEN 'SYSTEM TABLE' "
			+ "WHEN type = 'view' THEN 'VIEW' ELSE 'TABLE' END AS type FROM pragma_table_list "
			+ "WHERE schema IN ('main', 'temp') AND type <> 'shadow' AND NOT (schema = 'temp' AND name GLOB '"
			+ HistoryTables.NAME_PREFIX + "*') AND NOT (type = 'virtual' AND name IN (SELECT name FROM sqlite_schema "
			+ "WHERE sql LIKE '" + VectorIndexes.DEFINITION + "'))";

	/** A vector index is known by the empty index that it has on its column. */
	private static final String INDEX_NAME = "coalesce((SELECT v.name FROM sqlite_schema v WHERE v.name || '"
			+ VectorIndexes.ANCHOR + "' = i.name AND v.sql LIKE '" + VectorIndexes.DEFINITION + "'), i.name)";

	private static final String LIKE = " LIKE ? ESCAPE '\\'";

	private final JdbcConnection connection;

	JdbcDatabaseMetaData(JdbcConnection connection) {
		this.connection = connection;
	}

	/* Tables and what belongs to them */

	@Override
	public ResultSet getTables(String catalog, String schemaPattern, String tableNamePattern, String[] types)
			throws SQLException {
		List<Object> parameters = new ArrayList<>(List.of(pattern(tableNamePattern)));
		String typeFilter = "";
		if (types != null) {
			typeFilter = " WHERE type IN (" + String.join(", ", Collections.nCopies(types.length, "?")) + ")";
			parameters.addAll(Arrays.asList(types));
		}
		return query("SELECT NULL AS TABLE_CAT, NULL AS TABLE_SCHEM, name AS TABLE_NAME, type AS TABLE_TYPE, "
				+ "NULL AS REMARKS, NULL AS TYPE_CAT, NULL AS TYPE_SCHEM, NULL AS TYPE_NAME, "
				+ "NULL AS SELF_REFERENCING_COL_NAME, NULL AS REF_GENERATION FROM (" + TABLES + " AND name" + LIKE + ")"
				+ typeFilter + " ORDER BY type, name", parameters.toArray());
	}

	@Override
	public ResultSet getTableTypes() throws SQLException {
		return query("SELECT column1 AS TABLE_TYPE FROM (VALUES ('SYSTEM TABLE'), ('TABLE'), ('VIEW'))");
	}

	@Override
	public ResultSet getColumns(String catalog, String schemaPattern, String tableNamePattern, String columnNamePattern)
			throws SQLException {
		String declared = "SELECT t.name AS tbl, c.cid, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden, "
				+ "(SELECT count(*) FROM pragma_table_info(t.name) p WHERE p.pk > 0) AS keys FROM (" + TABLES
				+ " AND name" + LIKE + ") t, pragma_table_xinfo(t.name) c WHERE c.name" + LIKE
				+ " AND c.hidden <> 1 ORDER BY t.name, c.cid";
		List<Object[]> rows = new ArrayList<>();
		try (ResultSet columns = query(declared, pattern(tableNamePattern), pattern(columnNamePattern))) {
			int position = 0;
			String table = null;
			while (columns.next()) {
				position = columns.getString("tbl").equals(table) ? position + 1 : 1;
				table = columns.getString("tbl");
				rows.add(column(columns, table, position));
			}
		}
		return memory(rows, "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME",
				"COLUMN_SIZE", "BUFFER_LENGTH", "DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "REMARKS", "COLUMN_DEF",
				"SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE",
				"SCOPE_CATALOG", "SCOPE_SCHEMA", "SCOPE_TABLE", "SOURCE_DATA_TYPE", "IS_AUTOINCREMENT",
				"IS_GENERATEDCOLUMN");
	}

	private static Object[] column(ResultSet columns, String table, int position) throws SQLException {
		String declared = columns.getString("type");
		int type = DeclaredType.jdbcType(declared, Rows.TEXT);
		boolean rowId = columns.getInt("pk") > 0 && columns.getInt("keys") == 1 && "INTEGER".equalsIgnoreCase(declared);
		boolean required = columns.getBoolean("notnull") || columns.getInt("pk") > 0;
		int size = DeclaredType.argument(declared, 0);
		return new Object[] { null, null, table, columns.getString("name"), (long) type,
				declared.isEmpty() ? DeclaredType.sqlName(type) : DeclaredType.name(declared),
				(long) ((size > 0) ? size : Integer.MAX_VALUE), null, (long) DeclaredType.argument(declared, 1), 10L,
				(long) (required ? columnNoNulls : columnNullable), null, columns.getString("dflt_value"), null, null,
				(long) ((size > 0) ? size : Integer.MAX_VALUE), (long) position, required ? "NO" : "YES", null, null,
				null, null, rowId ? "YES" : "NO", (columns.getInt("hidden") > 1) ? "YES" : "NO" };
	}

	@Override
	public ResultSet getPrimaryKeys(String catalog, String schema, String table) throws SQLException {
		return query(
				"SELECT NULL AS TABLE_CAT, NULL AS TABLE_SCHEM, t.name AS TABLE_NAME, c.name AS COLUMN_NAME, "
						+ "c.pk AS KEY_SEQ, NULL AS PK_NAME FROM (" + TABLES
						+ " AND lower(name) = lower(?)) t, pragma_table_info(t.name) c WHERE c.pk > 0 ORDER BY c.name",
				table);
	}

	@Override
	public ResultSet getIndexInfo(String catalog, String schema, String table, boolean unique, boolean approximate)
			throws SQLException {
		return query("SELECT NULL AS TABLE_CAT, NULL AS TABLE_SCHEM, t.name AS TABLE_NAME, "
				+ "NOT i.\"unique\" AS NON_UNIQUE, NULL AS INDEX_QUALIFIER, " + INDEX_NAME + " AS INDEX_NAME, "
				+ tableIndexOther + " AS TYPE, c.seqno + 1 AS ORDINAL_POSITION, c.name AS COLUMN_NAME, "
				+ "CASE WHEN c.\"desc\" THEN 'D' ELSE 'A' END AS ASC_OR_DESC, 0 AS CARDINALITY, 0 AS PAGES, "
				+ "NULL AS FILTER_CONDITION FROM (" + TABLES + " AND lower(name) = lower(?)) t, "
				+ "pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c WHERE c.key AND (i.\"unique\" OR NOT ?) "
				+ "ORDER BY NON_UNIQUE, INDEX_NAME, ORDINAL_POSITION", table, unique);
	}

	@Override
	public ResultSet getImportedKeys(String catalog, String schema, String table) throws SQLException {
		return foreignKeys(null, table);
	}

	@Override
	public ResultSet getExportedKeys(String catalog, String schema, String table) throws SQLException {
		return foreignKeys(table, null);
	}

	@Override
	public ResultSet getCrossReference(String parentCatalog, String parentSchema, String parentTable,
			String foreignCatalog, String foreignSchema, String foreignTable) throws SQLException {
		return foreignKeys(parentTable, foreignTable);
	}

	/** Where a foreign key names no column, it means the parent's primary key. */
	private ResultSet foreignKeys(String parent, String child) throws SQLException {
		return query("SELECT NULL AS PKTABLE_CAT, NULL AS PKTABLE_SCHEM, k.\"table\" AS PKTABLE_NAME, "
				+ "coalesce(k.\"to\", (SELECT p.name FROM pragma_table_info(k.\"table\") p WHERE p.pk = k.seq + 1)) "
				+ "AS PKCOLUMN_NAME, NULL AS FKTABLE_CAT, NULL AS FKTABLE_SCHEM, t.name AS FKTABLE_NAME, "
				+ "k.\"from\" AS FKCOLUMN_NAME, k.seq + 1 AS KEY_SEQ, " + rule("on_update") + " AS UPDATE_RULE, "
				+ rule("on_delete") + " AS DELETE_RULE, NULL AS FK_NAME, NULL AS PK_NAME, " + importedKeyNotDeferrable
				+ " AS DEFERRABILITY FROM (" + TABLES
				+ ") t, pragma_foreign_key_list(t.name) k WHERE (?1 IS NULL OR lower(k.\"table\") = lower(?1)) "
				+ "AND (?2 IS NULL OR lower(t.name) = lower(?2)) ORDER BY PKTABLE_NAME, FKTABLE_NAME, k.id, KEY_SEQ",
				parent, child);
	}

	private static String rule(String column) {
		return "CASE k." + column + " WHEN 'CASCADE' THEN " + importedKeyCascade + " WHEN 'RESTRICT' THEN "
				+ importedKeyRestrict + " WHEN 'SET NULL' THEN " + importedKeySetNull + " WHEN 'SET DEFAULT' THEN "
				+ importedKeySetDefault + " ELSE " + importedKeyNoAction + " END";
	}

	@Override
	public ResultSet getBestRowIdentifier(String catalog, String schema, String table, int scope, boolean nullable)
			throws SQLException {
		List<Object[]> rows = new ArrayList<>();
		try (ResultSet columns = query(
				"SELECT c.name, c.type FROM (" + TABLES
						+ " AND lower(name) = lower(?)) t, pragma_table_info(t.name) c WHERE c.pk > 0 ORDER BY c.pk",
				table)) {
			while (columns.next()) {
				int type = DeclaredType.jdbcType(columns.getString(2), Rows.TEXT);
				rows.add(new Object[] { (long) bestRowSession, columns.getString(1), (long) type,
						DeclaredType.sqlName(type), 0L, 0L, 0L, (long) bestRowNotPseudo });
			}
		}
		return memory(rows, "SCOPE", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "BUFFER_LENGTH",
				"DECIMAL_DIGITS", "PSEUDO_COLUMN");
	}

	@Override
	public ResultSet getVersionColumns(String catalog, String schema, String table) throws SQLException {
		return empty("SCOPE", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "BUFFER_LENGTH", "DECIMAL_DIGITS",
				"PSEUDO_COLUMN");
	}

	@Override
	public ResultSet getSchemas() throws SQLException {
		return empty("TABLE_SCHEM", "TABLE_CATALOG");
	}

	@Override
	public ResultSet getSchemas(String catalog, String schemaPattern) throws SQLException {
		return getSchemas();
	}

	@Override
	public ResultSet getCatalogs() throws SQLException {
		return empty("TABLE_CAT");
	}

	@Override
	public ResultSet getTypeInfo() throws SQLException {
		List<Object[]> rows = new ArrayList<>();
		for (JDBCType type : new JDBCType[] { JDBCType.BLOB, JDBCType.INTEGER, JDBCType.NULL, JDBCType.REAL,
				JDBCType.VARCHAR }) {
			String name = (type == JDBCType.VARCHAR) ? "TEXT" : type.getName();
			rows.add(new Object[] { name, (long) type.getVendorTypeNumber(), 0L,
					(type == JDBCType.VARCHAR) ? "'" : null, (type == JDBCType.VARCHAR) ? "'" : null, null,
					(long) typeNullable, 1L, (long) typeSearchable, 0L, 0L, (type == JDBCType.INTEGER) ? 1L : 0L, name,
					0L, 0L, null, null, 10L });
		}
		return memory(rows, "TYPE_NAME", "DATA_TYPE", "PRECISION", "LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS",
				"NULLABLE", "CASE_SENSITIVE", "SEARCHABLE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE", "AUTO_INCREMENT",
				"LOCAL_TYPE_NAME", "MINIMUM_SCALE", "MAXIMUM_SCALE", "SQL_DATA_TYPE", "SQL_DATETIME_SUB",
				"NUM_PREC_RADIX");
	}

	/* Who this is */

	@Override
	public String getURL() {
		return ConnectionSettings.PREFIX + this.connection.settings().displayName();
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
		return RowIdLifetime.ROWID_UNSUPPORTED;
	}

	@Override
	public boolean supportsResultSetType(int type) {
		return type == ResultSet.TYPE_FORWARD_ONLY;
	}

	@Override
	public boolean supportsResultSetConcurrency(int type, int concurrency) {
		return type == ResultSet.TYPE_FORWARD_ONLY && concurrency == ResultSet.CONCUR_READ_ONLY;
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
		return "ABORT,ATTACH,AUTOINCREMENT,CONFLICT,DATABASE,DETACH,EXCLUSIVE,EXPLAIN,FAIL,GLOB,IGNORE,INDEX,INDEXED,"
				+ "INSTEAD,ISNULL,LIMIT,MATERIALIZED,NOTNULL,OFFSET,PLAN,PRAGMA,QUERY,RAISE,REGEXP,REINDEX,RENAME,"
				+ "REPLACE,RETURNING,TEMP,VACUUM,VIRTUAL";
	}

	@Override
	public String getNumericFunctions() {
		return "abs,acos,asin,atan,atan2,ceil,cos,degrees,exp,floor,log,log10,mod,pi,power,radians,random,round,sign,"
				+ "sin,sqrt,tan";
	}

	@Override
	public String getStringFunctions() {
		return "char,concat,concat_ws,glob,hex,instr,length,lower,ltrim,replace,rtrim,substr,trim,unicode,upper";
	}

	@Override
	public String getSystemFunctions() {
		return "changes,coalesce,ifnull,iif,last_insert_rowid,nullif,sqlite_version,total_changes,typeof";
	}

	@Override
	public String getTimeDateFunctions() {
		return "date,datetime,julianday,strftime,time,timediff,unixepoch";
	}

	@Override
	public int getMaxColumnsInTable() {
		return MAX_COLUMNS;
	}

	@Override
	public int getMaxColumnsInSelect() {
		return MAX_COLUMNS;
	}

	@Override
	public int getMaxColumnsInIndex() {
		return MAX_COLUMNS;
	}

	@Override
	public int getMaxColumnsInGroupBy() {
		return MAX_COLUMNS;
	}

	@Override
	public int getMaxColumnsInOrderBy() {
		return MAX_COLUMNS;
	}

	@Override
	public int getMaxStatementLength() {
		return MAX_SQL_BYTES;
	}

	/** The build's SQLITE_MAX_COLUMN. */
	private static final int MAX_COLUMNS = 32767;

	/** The build's SQLITE_MAX_SQL_LENGTH. */
	private static final int MAX_SQL_BYTES = 1073741824;

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
		return false;
	}

	@Override
	public boolean supportsSchemasInProcedureCalls() {
		return false;
	}

	@Override
	public boolean supportsSchemasInTableDefinitions() {
		return false;
	}

	@Override
	public boolean supportsSchemasInIndexDefinitions() {
		return false;
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
		return false;
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
		return false;
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
	public int getMaxBinaryLiteralLength() {
		return 0;
	}

	@Override
	public int getMaxCharLiteralLength() {
		return 0;
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
	public int getMaxRowSize() {
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
	public int getMaxTablesInSelect() {
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
	public ResultSet getFunctions(String catalog, String schemaPattern, String functionNamePattern)
			throws SQLException {
		return empty("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS", "FUNCTION_TYPE", "SPECIFIC_NAME");
	}

	@Override
	public ResultSet getFunctionColumns(String catalog, String schemaPattern, String functionNamePattern,
			String columnNamePattern) throws SQLException {
		return empty("FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "COLUMN_NAME", "COLUMN_TYPE", "DATA_TYPE",
				"TYPE_NAME", "PRECISION", "LENGTH", "SCALE", "RADIX", "NULLABLE", "REMARKS", "CHAR_OCTET_LENGTH",
				"ORDINAL_POSITION", "IS_NULLABLE", "SPECIFIC_NAME");
	}

	@Override
	public ResultSet getPseudoColumns(String catalog, String schemaPattern, String tableNamePattern,
			String columnNamePattern) throws SQLException {
		return empty("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "COLUMN_SIZE",
				"DECIMAL_DIGITS", "NUM_PREC_RADIX", "COLUMN_USAGE", "REMARKS", "CHAR_OCTET_LENGTH", "IS_NULLABLE");
	}

}
