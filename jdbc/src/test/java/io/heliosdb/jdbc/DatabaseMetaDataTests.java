package io.heliosdb.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link JdbcDatabaseMetaData}. */
class DatabaseMetaDataTests {

	/** The first columns that JDBC documents for each method with rows. */
	private static final Map<String, String> FIRST_COLUMNS = Map.ofEntries(
			Map.entry("getTables", "TABLE_CAT TABLE_SCHEM TABLE_NAME TABLE_TYPE REMARKS"),
			Map.entry("getColumns", "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE"),
			Map.entry("getPrimaryKeys", "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME KEY_SEQ PK_NAME"),
			Map.entry("getIndexInfo", "TABLE_CAT TABLE_SCHEM TABLE_NAME NON_UNIQUE INDEX_QUALIFIER INDEX_NAME TYPE"),
			Map.entry("getImportedKeys", "PKTABLE_CAT PKTABLE_SCHEM PKTABLE_NAME PKCOLUMN_NAME FKTABLE_CAT"),
			Map.entry("getExportedKeys", "PKTABLE_CAT PKTABLE_SCHEM PKTABLE_NAME PKCOLUMN_NAME FKTABLE_CAT"),
			Map.entry("getCrossReference", "PKTABLE_CAT PKTABLE_SCHEM PKTABLE_NAME PKCOLUMN_NAME FKTABLE_CAT"),
			Map.entry("getTableTypes", "TABLE_TYPE"), Map.entry("getCatalogs", "TABLE_CAT"),
			Map.entry("getSchemas", "TABLE_SCHEM TABLE_CATALOG"),
			Map.entry("getTypeInfo", "TYPE_NAME DATA_TYPE PRECISION LITERAL_PREFIX LITERAL_SUFFIX CREATE_PARAMS"),
			Map.entry("getBestRowIdentifier", "SCOPE COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE BUFFER_LENGTH"),
			Map.entry("getVersionColumns", "SCOPE COLUMN_NAME DATA_TYPE TYPE_NAME COLUMN_SIZE BUFFER_LENGTH"),
			Map.entry("getProcedures", "PROCEDURE_CAT PROCEDURE_SCHEM PROCEDURE_NAME"),
			Map.entry("getProcedureColumns", "PROCEDURE_CAT PROCEDURE_SCHEM PROCEDURE_NAME COLUMN_NAME COLUMN_TYPE"),
			Map.entry("getFunctions", "FUNCTION_CAT FUNCTION_SCHEM FUNCTION_NAME REMARKS FUNCTION_TYPE"),
			Map.entry("getFunctionColumns", "FUNCTION_CAT FUNCTION_SCHEM FUNCTION_NAME COLUMN_NAME COLUMN_TYPE"),
			Map.entry("getColumnPrivileges", "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME GRANTOR GRANTEE"),
			Map.entry("getTablePrivileges", "TABLE_CAT TABLE_SCHEM TABLE_NAME GRANTOR GRANTEE PRIVILEGE"),
			Map.entry("getUDTs", "TYPE_CAT TYPE_SCHEM TYPE_NAME CLASS_NAME DATA_TYPE REMARKS BASE_TYPE"),
			Map.entry("getSuperTypes", "TYPE_CAT TYPE_SCHEM TYPE_NAME SUPERTYPE_CAT"),
			Map.entry("getSuperTables", "TABLE_CAT TABLE_SCHEM TABLE_NAME SUPERTABLE_NAME"),
			Map.entry("getAttributes", "TYPE_CAT TYPE_SCHEM TYPE_NAME ATTR_NAME DATA_TYPE ATTR_TYPE_NAME"),
			Map.entry("getClientInfoProperties", "NAME MAX_LEN DEFAULT_VALUE DESCRIPTION"),
			Map.entry("getPseudoColumns", "TABLE_CAT TABLE_SCHEM TABLE_NAME COLUMN_NAME DATA_TYPE COLUMN_SIZE"));

	private Connection connection;

	private DatabaseMetaData metaData;

	@BeforeEach
	void open() throws SQLException {
		this.connection = Sql.memory();
		this.metaData = this.connection.getMetaData();
		this.connection.createStatement()
			.execute("CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, born DATE, "
					+ "fee DECIMAL(10, 2) DEFAULT 1.5, upper_name TEXT GENERATED ALWAYS AS (upper(name)));"
					+ "CREATE TABLE book (isbn TEXT, edition INT, author INTEGER NOT NULL REFERENCES author ON DELETE CASCADE, "
					+ "title TEXT, PRIMARY KEY (isbn, edition)) WITHOUT ROWID;"
					+ "CREATE TABLE review (book_edition INT, book_isbn TEXT, "
					+ "FOREIGN KEY (book_isbn, book_edition) REFERENCES book (isbn, edition) ON UPDATE SET NULL);"
					+ "CREATE INDEX book_title ON book (title DESC, author); CREATE UNIQUE INDEX author_name ON author (name);"
					+ "CREATE VIEW titles AS SELECT title FROM book; CREATE TEMP TABLE scratch (x)");
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
	}

	private static List<String> column(ResultSet rows, String... labels) throws SQLException {
		List<String> values = new ArrayList<>();
		try (rows) {
			while (rows.next()) {
				List<String> row = new ArrayList<>();
				for (String label : labels) {
					row.add(rows.getString(label));
				}
				values.add(String.join(" ", row));
			}
		}
		return values;
	}

	@Test
	void tables() throws SQLException {
		assertThat(column(this.metaData.getTables(null, null, null, new String[] { "TABLE" }), "TABLE_NAME"))
			.containsExactly("author", "book", "review");
		assertThat(column(this.metaData.getTables(null, null, "scratch", null), "TABLE_TYPE"))
			.containsExactly("LOCAL TEMPORARY");
		assertThat(column(this.metaData.getTables(null, null, "%", new String[] { "VIEW" }), "TABLE_NAME"))
			.containsExactly("titles");
		assertThat(column(this.metaData.getTables(null, null, "b%", null), "TABLE_NAME", "TABLE_TYPE"))
			.containsExactly("book TABLE");
		assertThat(column(this.metaData.getTables(null, null, "BOOK", null), "TABLE_NAME")).containsExactly("book");
	}

	@Test
	void underscoreInANameCanBeEscaped() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE a_b (x)");
		Sql.update(this.connection, "CREATE TABLE axb (x)");
		String escape = this.metaData.getSearchStringEscape();
		assertThat(column(this.metaData.getTables(null, null, "a" + escape + "_b", null), "TABLE_NAME"))
			.containsExactly("a_b");
	}

	@Test
	void columns() throws SQLException {
		assertThat(column(this.metaData.getColumns(null, null, "author", null), "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME",
				"COLUMN_SIZE", "IS_NULLABLE", "IS_AUTOINCREMENT", "ORDINAL_POSITION", "IS_GENERATEDCOLUMN"))
			.containsExactly("id " + Types.INTEGER + " INTEGER " + Integer.MAX_VALUE + " NO YES 1 NO",
					"name " + Types.VARCHAR + " VARCHAR 80 NO NO 2 NO",
					"born " + Types.DATE + " DATE " + Integer.MAX_VALUE + " YES NO 3 NO",
					"fee " + Types.DECIMAL + " DECIMAL 10 YES NO 4 NO",
					"upper_name " + Types.VARCHAR + " TEXT " + Integer.MAX_VALUE + " YES NO 5 YES");
		assertThat(column(this.metaData.getColumns(null, null, "author", "fee"), "DECIMAL_DIGITS", "COLUMN_DEF"))
			.containsExactly("2 1.5");
	}

	@Test
	void keysAndIndexes() throws SQLException {
		assertThat(column(this.metaData.getPrimaryKeys(null, null, "book"), "COLUMN_NAME", "KEY_SEQ"))
			.containsExactly("edition 2", "isbn 1");
		assertThat(column(this.metaData.getIndexInfo(null, null, "book", false, true), "INDEX_NAME", "COLUMN_NAME",
				"NON_UNIQUE", "ASC_OR_DESC"))
			.contains("book_title title 1 D", "book_title author 1 A");
		assertThat(column(this.metaData.getIndexInfo(null, null, "author", true, true), "INDEX_NAME", "COLUMN_NAME"))
			.containsExactly("author_name name");
		assertThat(column(this.metaData.getBestRowIdentifier(null, null, "author", 0, true), "COLUMN_NAME"))
			.containsExactly("id");
	}

	@Test
	void foreignKeys() throws SQLException {
		assertThat(column(this.metaData.getImportedKeys(null, null, "book"), "PKTABLE_NAME", "PKCOLUMN_NAME",
				"FKCOLUMN_NAME", "KEY_SEQ", "DELETE_RULE"))
			.containsExactly("author id author 1 " + DatabaseMetaData.importedKeyCascade);
		assertThat(column(this.metaData.getExportedKeys(null, null, "book"), "FKTABLE_NAME", "PKCOLUMN_NAME",
				"FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE"))
			.containsExactly("review isbn book_isbn 1 " + DatabaseMetaData.importedKeySetNull,
					"review edition book_edition 2 " + DatabaseMetaData.importedKeySetNull);
		assertThat(column(this.metaData.getCrossReference(null, null, "author", null, null, "book"), "FKTABLE_NAME"))
			.containsExactly("book");
		assertThat(column(this.metaData.getCrossReference(null, null, "author", null, null, "review"), "FKTABLE_NAME"))
			.isEmpty();
	}

	@Test
	void constraintsHaveTheirNames() throws SQLException {
		Sql.update(this.connection, "CREATE TABLE loan (id INT CONSTRAINT loan_pk PRIMARY KEY, "
				+ "a INT CONSTRAINT \"to author\" REFERENCES author, b INT CHECK (b > 0) REFERENCES author (id), "
				+ "isbn TEXT, edition INT, CONSTRAINT to_book FOREIGN KEY (isbn, edition) REFERENCES book "
				+ "DEFERRABLE INITIALLY DEFERRED)");
		assertThat(column(this.metaData.getPrimaryKeys(null, null, "loan"), "COLUMN_NAME", "PK_NAME"))
			.containsExactly("id loan_pk");
		assertThat(column(this.metaData.getImportedKeys(null, null, "LOAN"), "FKCOLUMN_NAME", "FK_NAME", "PKTABLE_NAME",
				"DEFERRABILITY"))
			.containsExactly("b loan_fk2 author " + DatabaseMetaData.importedKeyNotDeferrable,
					"a to author author " + DatabaseMetaData.importedKeyNotDeferrable,
					"isbn to_book book " + DatabaseMetaData.importedKeyInitiallyDeferred,
					"edition to_book book " + DatabaseMetaData.importedKeyInitiallyDeferred);
	}

	@Test
	void attachedDatabasesAreSchemas() throws SQLException {
		Sql.update(this.connection, "ATTACH ':memory:' AS other");
		this.connection.createStatement()
			.execute("CREATE TABLE other.book (id INTEGER PRIMARY KEY, parent INT REFERENCES shelf);"
					+ "CREATE TABLE other.shelf (id INTEGER PRIMARY KEY); CREATE INDEX other.by_parent ON book (parent)");
		assertThat(column(this.metaData.getSchemas(), "TABLE_SCHEM")).containsExactly("other");
		assertThat(column(this.metaData.getSchemas(null, "m%"), "TABLE_SCHEM")).isEmpty();
		assertThat(column(this.metaData.getTables(null, null, "book", null), "TABLE_SCHEM", "TABLE_NAME"))
			.containsExactly("null book", "other book");
		assertThat(column(this.metaData.getTables(null, "", "book", null), "TABLE_SCHEM")).containsExactly("null");
		assertThat(column(this.metaData.getTables(null, "other", "%", null), "TABLE_NAME")).contains("book", "shelf");
		assertThat(column(this.metaData.getTables(null, "main", "book", null), "TABLE_SCHEM")).containsExactly("null");
		assertThat(column(this.metaData.getColumns(null, "other", "book", "%"), "COLUMN_NAME")).containsExactly("id",
				"parent");
		assertThat(column(this.metaData.getPrimaryKeys(null, "other", "book"), "TABLE_SCHEM", "COLUMN_NAME"))
			.containsExactly("other id");
		assertThat(column(this.metaData.getIndexInfo(null, "other", "book", false, true), "INDEX_NAME"))
			.containsExactly("by_parent");
		assertThat(column(this.metaData.getImportedKeys(null, "other", "book"), "PKTABLE_SCHEM", "PKTABLE_NAME",
				"PKCOLUMN_NAME"))
			.containsExactly("other shelf id");
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM other.book")).isZero();
	}

	@Test
	void rowIdsArePseudoColumns() throws SQLException {
		assertThat(column(this.metaData.getPseudoColumns(null, null, "%", "%"), "TABLE_NAME", "COLUMN_NAME"))
			.contains("author rowid", "review rowid")
			.doesNotContain("book rowid", "titles rowid");
		assertThat(column(this.metaData.getBestRowIdentifier(null, null, "Review", 0, true), "COLUMN_NAME",
				"PSEUDO_COLUMN"))
			.containsExactly("rowid " + DatabaseMetaData.bestRowPseudo);
	}

	@Test
	void functionsAndLimitsAreThoseOfTheConnection() throws SQLException {
		assertThat(column(this.metaData.getFunctions(null, null, "json%"), "SPECIFIC_NAME")).contains("json_valid/1");
		this.connection.unwrap(HeliosConnection.class).createFunction("own", 2, (arguments) -> null);
		assertThat(column(this.metaData.getFunctions(null, null, "own"), "SPECIFIC_NAME")).containsExactly("own/2");
		assertThat(this.metaData.getMaxColumnsInTable()).isGreaterThanOrEqualTo(2000);
		assertThat(this.metaData.getMaxLogicalLobSize()).isGreaterThanOrEqualTo(1_000_000_000);
	}

	@ParameterizedTest
	@MethodSource("escapedFunctions")
	void functionsThatAreListedWorkAsEscapes(String name) throws SQLException {
		for (String arguments : new String[] { "()", "('1')", "('1', '1')", "('1', '1', '1')" }) {
			try {
				this.connection.prepareStatement("SELECT {fn " + name + arguments + "}").close();
				return;
			}
			catch (SQLException ex) {
				assertThat(ex.getMessage()).contains("wrong number of arguments");
			}
		}
		throw new AssertionError(name + " takes neither of 0 to 3 arguments");
	}

	static List<String> escapedFunctions() throws SQLException {
		try (Connection connection = Sql.memory()) {
			DatabaseMetaData metaData = connection.getMetaData();
			return Stream
				.of(metaData.getNumericFunctions(), metaData.getStringFunctions(), metaData.getSystemFunctions(),
						metaData.getTimeDateFunctions())
				.flatMap((names) -> Arrays.stream(names.split(",")))
				.toList();
		}
	}

	@Test
	void product() throws SQLException {
		assertThat(this.metaData.getDatabaseProductName()).isEqualTo("SQLite");
		assertThat(this.metaData.getDatabaseProductVersion())
			.isEqualTo(Sql.text(this.connection, "SELECT sqlite_version()"));
		assertThat(this.metaData.getDriverName()).contains("HeliosDB");
		assertThat(this.metaData.getURL()).isEqualTo("jdbc:heliosdb::memory:");
		assertThat(this.metaData.getJDBCMajorVersion()).isEqualTo(4);
		assertThat(this.metaData.getConnection()).isSameAs(this.connection);
		assertThat(this.metaData.getIdentifierQuoteString()).isEqualTo("\"");
	}

	@Test
	void metaDataLeavesNoStatementOpen() throws SQLException {
		this.connection.setAutoCommit(false);
		column(this.metaData.getTables(null, null, null, null), "TABLE_NAME");
		column(this.metaData.getColumns(null, null, null, null), "COLUMN_NAME");
		this.connection.rollback();
		this.connection.setAutoCommit(true);
		Sql.update(this.connection, "DROP TABLE review");
		assertThat(column(this.metaData.getTables(null, null, "review", null), "TABLE_NAME")).isEmpty();
	}

	static Stream<Method> methods() {
		return Arrays.stream(DatabaseMetaData.class.getMethods())
			.filter((method) -> !method.getName().equals("unwrap") && !method.getName().equals("isWrapperFor"));
	}

	@ParameterizedTest
	@MethodSource("methods")
	void everyMethodAnswers(Method method) throws Exception {
		Object[] arguments = Arrays.stream(method.getParameterTypes()).map(DatabaseMetaDataTests::argument).toArray();
		try {
			Object answer = method.invoke(this.metaData, arguments);
			if (answer instanceof ResultSet rows) {
				List<String> labels = new ArrayList<>();
				for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
					labels.add(rows.getMetaData().getColumnLabel(i));
				}
				assertThat(FIRST_COLUMNS).containsKey(method.getName());
				assertThat(String.join(" ", labels) + " ").startsWith(FIRST_COLUMNS.get(method.getName()) + " ");
				Sql.rows(rows);
				rows.close();
			}
			else {
				assertThat(answer).isNotNull();
			}
		}
		catch (InvocationTargetException ex) {
			throw new AssertionError(method + " failed", ex.getCause());
		}
	}

	private static Object argument(Class<?> type) {
		return (type == int.class) ? Integer.valueOf(1)
				: (type == boolean.class) ? Boolean.FALSE : (type == String.class) ? "book" : null;
	}

}
