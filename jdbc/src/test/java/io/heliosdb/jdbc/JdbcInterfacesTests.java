package io.heliosdb.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.net.URL;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.Driver;
import java.sql.JDBCType;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLType;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Every method of every interface of JDBC answers, also on what is closed. */
class JdbcInterfacesTests {

	private static final List<Class<?>> INTERFACES = List.of(Driver.class, DataSource.class, Connection.class,
			Statement.class, PreparedStatement.class, ResultSet.class, ResultSetMetaData.class, ParameterMetaData.class,
			DatabaseMetaData.class, Blob.class, Clob.class, NClob.class, RowId.class, Savepoint.class);

	/**
	 * Methods that JDBC wants to work on what is closed, or that look at their arguments
	 * alone.
	 */
	private static final Set<String> ON_CLOSED_TOO = Set.of("close", "isClosed", "isValid", "abort", "unwrap",
			"isWrapperFor", "beginRequest", "endRequest", "enquoteLiteral", "enquoteNCharLiteral", "enquoteIdentifier",
			"isSimpleIdentifier", "rowUpdated", "rowInserted", "rowDeleted");

	private static final Map<Class<?>, Object> ARGUMENTS = Map.ofEntries(Map.entry(int.class, 1),
			Map.entry(long.class, 1L), Map.entry(short.class, (short) 1), Map.entry(byte.class, (byte) 1),
			Map.entry(boolean.class, true), Map.entry(double.class, 1.0), Map.entry(float.class, 1.0f),
			Map.entry(String.class, "a"), Map.entry(Object.class, "a"), Map.entry(byte[].class, new byte[] { 1 }),
			Map.entry(int[].class, new int[] { 1 }), Map.entry(String[].class, new String[] { "a" }),
			Map.entry(Object[].class, new Object[0]), Map.entry(Class.class, String.class),
			Map.entry(Properties.class, new Properties()), Map.entry(Map.class, Map.of()),
			Map.entry(BigDecimal.class, BigDecimal.ONE), Map.entry(Date.class, new Date(0)),
			Map.entry(Time.class, new Time(0)), Map.entry(Timestamp.class, new Timestamp(0)),
			Map.entry(Calendar.class, new GregorianCalendar()), Map.entry(SQLType.class, JDBCType.VARCHAR),
			Map.entry(RowId.class, new JdbcRowId(1)), Map.entry(Executor.class, (Executor) Runnable::run));

	@TempDir
	private Path directory;

	private HeliosDataSource dataSource;

	private Connection connection;

	@BeforeEach
	void open() throws SQLException {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb::memory:");
		this.connection = this.dataSource.getConnection();
		this.connection.createStatement().execute("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
	}

	@AfterEach
	void close() throws SQLException {
		this.connection.close();
		this.dataSource.close();
	}

	static Stream<Method> methods() {
		return INTERFACES.stream().flatMap((type) -> Arrays.stream(type.getMethods()).filter((method) ->
		// PreparedStatement's own; those of Statement are called there.
		type != PreparedStatement.class || method.getDeclaringClass() == type))
			.filter((method) -> !Modifier.isStatic(method.getModifiers()))
			.distinct();
	}

	@ParameterizedTest
	@MethodSource("methods")
	void everyMethodAnswers(Method method) throws Exception {
		try {
			method.invoke(target(method.getDeclaringClass()), arguments(method));
		}
		catch (InvocationTargetException ex) {
			assertThat(ex.getCause()).isInstanceOf(SQLException.class);
			assertThat(ex.getCause().getMessage()).isNotBlank().doesNotContain("not implemented");
			if (!(ex.getCause() instanceof SQLFeatureNotSupportedException)) {
				assertThat(((SQLException) ex.getCause()).getSQLState()).hasSize(5).doesNotStartWith("XX");
			}
		}
	}

	static Stream<Method> methodsOfWhatIsClosed() {
		return methods().filter((method) -> Set
			.of(Connection.class, Statement.class, PreparedStatement.class, ResultSet.class, Blob.class, Clob.class,
					NClob.class)
			.contains(method.getDeclaringClass()) && !ON_CLOSED_TOO.contains(method.getName())
				&& !method.getName().equals("free"));
	}

	@ParameterizedTest
	@MethodSource("methodsOfWhatIsClosed")
	void whatIsClosedSaysSo(Method method) throws Exception {
		Object target = target(method.getDeclaringClass());
		String state = "HY010";
		if (target instanceof Blob blob) {
			blob.free();
		}
		else if (target instanceof Clob clob) {
			clob.free();
		}
		else {
			((AutoCloseable) target).close();
			state = (target instanceof Connection) ? "08003" : (target instanceof ResultSet) ? "24000" : "HY010";
		}
		try {
			Object answer = method.invoke(target, arguments(method));
			throw new AssertionError(method + " answered " + answer);
		}
		catch (InvocationTargetException ex) {
			assertThat(ex.getCause()).isInstanceOf(SQLException.class);
			if (!(ex.getCause() instanceof SQLFeatureNotSupportedException)) {
				assertThat(((SQLException) ex.getCause()).getSQLState()).as(ex.getCause().getMessage())
					.isEqualTo(state);
			}
		}
	}

	private Object target(Class<?> type) throws SQLException {
		if (type == Driver.class) {
			return new HeliosDriver();
		}
		if (type.isInstance(this.dataSource)) {
			return this.dataSource;
		}
		if (type == DatabaseMetaData.class) {
			return this.connection.getMetaData();
		}
		if (type == Blob.class) {
			return rows("SELECT x'0102'").getBlob(1);
		}
		if (type == Clob.class || type == NClob.class) {
			return rows("SELECT 'ab'").getNClob(1);
		}
		if (type == RowId.class) {
			return rows("SELECT rowid FROM t").getRowId(1);
		}
		if (type == Savepoint.class) {
			this.connection.setAutoCommit(false);
			return this.connection.setSavepoint("a");
		}
		PreparedStatement prepared = this.connection.prepareStatement("SELECT a, b FROM t WHERE a >= ?",
				ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
		prepared.setInt(1, 1);
		if (type == ResultSet.class) {
			ResultSet rows = prepared.executeQuery();
			rows.next();
			return rows;
		}
		return (type == ResultSetMetaData.class) ? prepared.getMetaData()
				: (type == ParameterMetaData.class) ? prepared.getParameterMetaData()
						: (type == PreparedStatement.class) ? prepared
								: (type == Statement.class) ? this.connection.createStatement() : this.connection;
	}

	private ResultSet rows(String sql) throws SQLException {
		ResultSet rows = this.connection.createStatement().executeQuery(sql);
		rows.next();
		return rows;
	}

	private Object[] arguments(Method method) throws Exception {
		Class<?>[] types = method.getParameterTypes();
		Object[] arguments = new Object[types.length];
		for (int i = 0; i < types.length; i++) {
			arguments[i] = argument(method, types[i]);
		}
		return arguments;
	}

	private Object argument(Method method, Class<?> type) throws Exception {
		if (type == String.class && method.getDeclaringClass() == Driver.class) {
			return "jdbc:heliosdb:" + this.directory.resolve("test.db");
		}
		if (type == InputStream.class) {
			return new ByteArrayInputStream(new byte[] { 'x' });
		}
		if (type == Reader.class) {
			return new StringReader("x");
		}
		if (type == Blob.class) {
			return this.connection.createBlob();
		}
		if (type == Clob.class || type == NClob.class) {
			return this.connection.createNClob();
		}
		if (type == URL.class) {
			return new URL("https://example.org");
		}
		return ARGUMENTS.get(type);
	}

}
