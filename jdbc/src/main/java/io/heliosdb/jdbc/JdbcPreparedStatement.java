package io.heliosdb.jdbc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;

import io.heliosdb.engine.Parameters;

/**
 * A prepared statement. It keeps its native statement from the cache until it is closed.
 */
final class JdbcPreparedStatement extends JdbcStatement implements PreparedStatement {

	/** Null while a statement that looks at the past has not been executed. */
	private CachedStatement statement;

	/** Null for a statement of the present. */
	private final TranslatedSql translated;

	private final boolean forKeys;

	private final ParameterValues values;

	private final Parameters block = new Parameters();

	/** Sets of a batch: all in one block, or a block each when each brings keys. */
	private List<Parameters> batchForKeys;

	private Parameters batch;

	/** Of a statement that looks at the past, the sets of a batch. */
	private List<ParameterValues> translatedBatch;

	private int batchSize;

	private JdbcPreparedStatement(JdbcConnection connection, CachedStatement statement, boolean forKeys,
			int resultSetType) {
		super(connection, resultSetType);
		this.statement = statement;
		this.translated = null;
		this.forKeys = forKeys;
		this.values = new ParameterValues(statement.statement().parameterCount());
	}

	private JdbcPreparedStatement(JdbcConnection connection, TranslatedSql translated, boolean forKeys,
			int resultSetType) {
		super(connection, resultSetType);
		this.translated = translated;
		this.forKeys = forKeys;
		this.values = new ParameterValues(translated.statement().parameterCount());
	}

	static JdbcPreparedStatement prepare(JdbcConnection connection, String sql, GeneratedKeys keys, int resultSetType)
			throws SQLException {
		Session session = connection.session();
		boolean forKeys = keys != GeneratedKeys.NONE;
		String text = forKeys ? session.keyStatement(keys, connection) : sql;
		CachedStatement statement = session.borrow(text);
		if (statement == null) {
			TranslatedSql translated = session.translation(text);
			if (translated != null) {
				checkIsOne(translated.statement().rest());
				return new JdbcPreparedStatement(connection, translated, forKeys, resultSetType);
			}
			statement = session.prepare(text);
		}
		boolean one = false;
		try {
			checkIsOne(statement.rest());
			one = true;
		}
		finally {
			if (!one) {
				session.giveBack(statement);
			}
		}
		return new JdbcPreparedStatement(connection, statement, forKeys, resultSetType);
	}

	private static void checkIsOne(String rest) throws SQLException {
		if (rest != null) {
			throw SqlState.SYNTAX_ERROR
				.exception("A prepared statement is one statement; this text goes on with: " + rest.trim());
		}
	}

	/* Executing */

	private boolean run() throws SQLException {
		try {
			return runOnce();
		}
		catch (SQLException ex) {
			throw VectorValues.explained(ex, this.values);
		}
	}

	private boolean runOnce() throws SQLException {
		begin();
		this.block.clear();
		if (this.translated != null) {
			return executePrepared(translate(this.values, this.block), this.block, this.forKeys);
		}
		this.values.addTo(this.block);
		return executePrepared(this.statement, this.block, this.forKeys);
	}

	/** Makes the statement and the parameters of one execution. */
	private CachedStatement translate(ParameterValues values, Parameters parameters) throws SQLException {
		values.addTo(parameters, this.translated.statement().bindings());
		CachedStatement prepared = this.session.prepare(this, this.translated, values, this.statement);
		if (prepared != this.statement) {
			letGo();
			this.statement = prepared;
		}
		return prepared;
	}

	/** Gives back what an earlier execution was made of. */
	private void letGo() {
		CachedStatement held = this.statement;
		if (held != null) {
			this.statement = null;
			this.session.giveBack(held);
		}
	}

	@Override
	public boolean execute() throws SQLException {
		return run();
	}

	@Override
	public ResultSet executeQuery() throws SQLException {
		run();
		return currentRows("executeQuery");
	}

	@Override
	public long executeLargeUpdate() throws SQLException {
		run();
		return currentCount();
	}

	@Override
	public int executeUpdate() throws SQLException {
		return toInt(executeLargeUpdate());
	}

	@Override
	public void addBatch() throws SQLException {
		checkOpen();
		if (this.translated != null) {
			if (this.translatedBatch == null) {
				this.translatedBatch = new ArrayList<>();
			}
			this.values.addTo(new Parameters());
			this.translatedBatch.add(this.values.copy());
		}
		else if (this.forKeys) {
			if (this.batchForKeys == null) {
				this.batchForKeys = new ArrayList<>();
			}
			Parameters set = new Parameters();
			this.values.addTo(set);
			this.batchForKeys.add(set);
		}
		else {
			if (this.batch == null) {
				this.batch = new Parameters();
			}
			int length = this.batch.length();
			try {
				this.values.addTo(this.batch);
			}
			catch (SQLException ex) {
				this.batch.truncate(length);
				throw ex;
			}
		}
		this.batchSize++;
		this.values.setInBatch(true);
	}

	@Override
	public void clearBatch() throws SQLException {
		checkOpen();
		forgetBatch();
		this.values.setInBatch(false);
	}

	private void forgetBatch() {
		this.batchForKeys = null;
		this.batch = null;
		this.translatedBatch = null;
		this.batchSize = 0;
	}

	@Override
	public long[] executeLargeBatch() throws SQLException {
		checkOpen();
		Parameters sets = this.batch;
		List<Parameters> setsForKeys = this.batchForKeys;
		List<ParameterValues> translatedSets = this.translatedBatch;
		int size = this.batchSize;
		forgetBatch();
		try {
			return (size > 0) ? executeSets(sets, setsForKeys, translatedSets, size) : new long[0];
		}
		finally {
			this.values.setInBatch(false);
		}
	}

	private long[] executeSets(Parameters sets, List<Parameters> setsForKeys, List<ParameterValues> translatedSets,
			int size) throws SQLException {
		begin();
		if (this.translated != null) {
			return executeTranslatedBatch(translatedSets);
		}
		if (this.forKeys) {
			return executeBatchForKeys(size, (set) -> new Execution(this.statement, setsForKeys.get(set)));
		}
		if (this.statement.returnsRows() && !this.statement.writes()) {
			throw batchFailure(SqlState.INVALID_CALL.exception("A batch cannot have a statement that returns rows"),
					new long[0]);
		}
		return this.session.executeBatch(this, this.statement, sets, size);
	}

	private long[] executeTranslatedBatch(List<ParameterValues> sets) throws SQLException {
		if (!this.forKeys) {
			letGo();
			return this.session.executeBatch(this, this.translated, sets);
		}
		return executeBatchForKeys(sets.size(), (set) -> {
			Parameters parameters = new Parameters();
			return new Execution(translate(sets.get(set), parameters), parameters);
		});
	}

	@Override
	public void close() throws SQLException {
		if (!isClosed()) {
			super.close();
			this.values.setInBatch(false);
			this.values.clear();
			CachedStatement held = this.statement;
			if (held != null) {
				this.session.giveBack(held);
			}
		}
	}

	@Override
	public void clearParameters() throws SQLException {
		checkOpen();
		this.values.clear();
	}

	@Override
	public ResultSetMetaData getMetaData() throws SQLException {
		checkOpen();
		if (this.statement == null) {
			this.statement = this.session.describe(this, this.translated, this.values.areSet() ? this.values : null);
		}
		if (!this.statement.returnsRows() || this.forKeys) {
			return null;
		}
		return new JdbcResultSetMetaData(new StatementColumns(this.statement));
	}

	@Override
	public ParameterMetaData getParameterMetaData() throws SQLException {
		checkOpen();
		return new JdbcParameterMetaData(this.values.count());
	}

	/* Setting parameters */

	@Override
	public void setNull(int parameterIndex, int sqlType) throws SQLException {
		checkOpen();
		this.values.setNull(parameterIndex);
	}

	@Override
	public void setNull(int parameterIndex, int sqlType, String typeName) throws SQLException {
		setNull(parameterIndex, sqlType);
	}

	@Override
	public void setBoolean(int parameterIndex, boolean x) throws SQLException {
		setLong(parameterIndex, x ? 1 : 0);
	}

	@Override
	public void setByte(int parameterIndex, byte x) throws SQLException {
		setLong(parameterIndex, x);
	}

	@Override
	public void setShort(int parameterIndex, short x) throws SQLException {
		setLong(parameterIndex, x);
	}

	@Override
	public void setInt(int parameterIndex, int x) throws SQLException {
		setLong(parameterIndex, x);
	}

	@Override
	public void setLong(int parameterIndex, long x) throws SQLException {
		checkOpen();
		this.values.setLong(parameterIndex, x);
	}

	@Override
	public void setFloat(int parameterIndex, float x) throws SQLException {
		setDouble(parameterIndex, x);
	}

	@Override
	public void setDouble(int parameterIndex, double x) throws SQLException {
		checkOpen();
		this.values.setDouble(parameterIndex, x);
	}

	@Override
	public void setBigDecimal(int parameterIndex, BigDecimal x) throws SQLException {
		setObject(parameterIndex, x);
	}

	@Override
	public void setString(int parameterIndex, String x) throws SQLException {
		checkOpen();
		this.values.setText(parameterIndex, x);
	}

	@Override
	public void setNString(int parameterIndex, String value) throws SQLException {
		setString(parameterIndex, value);
	}

	@Override
	public void setBytes(int parameterIndex, byte[] x) throws SQLException {
		checkOpen();
		this.values.setBlob(parameterIndex, (x != null) ? x.clone() : null);
	}

	@Override
	public void setDate(int parameterIndex, Date x) throws SQLException {
		setDate(parameterIndex, x, null);
	}

	@Override
	public void setDate(int parameterIndex, Date x, Calendar cal) throws SQLException {
		checkOpen();
		this.values.setDate(parameterIndex, x, cal);
	}

	@Override
	public void setTime(int parameterIndex, Time x) throws SQLException {
		setTime(parameterIndex, x, null);
	}

	@Override
	public void setTime(int parameterIndex, Time x, Calendar cal) throws SQLException {
		checkOpen();
		this.values.setTime(parameterIndex, x, cal);
	}

	@Override
	public void setTimestamp(int parameterIndex, Timestamp x) throws SQLException {
		checkOpen();
		this.values.setTimestamp(parameterIndex, x);
	}

	/** The calendar changes nothing: a timestamp is an instant. */
	@Override
	public void setTimestamp(int parameterIndex, Timestamp x, Calendar cal) throws SQLException {
		setTimestamp(parameterIndex, x);
	}

	@Override
	public void setObject(int parameterIndex, Object x) throws SQLException {
		checkOpen();
		if (x instanceof InputStream stream) {
			setBinaryStream(parameterIndex, stream);
		}
		else if (x instanceof Reader reader) {
			setCharacterStream(parameterIndex, reader);
		}
		else if (x instanceof Blob blob) {
			setBlob(parameterIndex, blob);
		}
		else if (x instanceof Clob clob) {
			setClob(parameterIndex, clob);
		}
		else if (x instanceof RowId rowId) {
			setRowId(parameterIndex, rowId);
		}
		else if (x instanceof URL url) {
			setURL(parameterIndex, url);
		}
		else {
			this.values.setObject(parameterIndex, x);
		}
	}

	@Override
	public void setObject(int parameterIndex, Object x, int targetSqlType) throws SQLException {
		if (x instanceof String text) {
			setObject(parameterIndex, Conversions.fromText(text, targetSqlType));
		}
		else if (x != null && (targetSqlType == Types.VARCHAR || targetSqlType == Types.CHAR)
				&& (x instanceof Number || x instanceof Boolean)) {
			setString(parameterIndex, x.toString());
		}
		else {
			setObject(parameterIndex, x);
		}
	}

	@Override
	public void setObject(int parameterIndex, Object x, SQLType targetSqlType) throws SQLException {
		setObject(parameterIndex, x, Conversions.typeNumber(targetSqlType));
	}

	@Override
	public void setObject(int parameterIndex, Object x, SQLType targetSqlType, int scaleOrLength) throws SQLException {
		setObject(parameterIndex, x, Conversions.typeNumber(targetSqlType), scaleOrLength);
	}

	/** The scale rounds a decimal number, the length bounds a stream. */
	@Override
	public void setObject(int parameterIndex, Object x, int targetSqlType, int scaleOrLength) throws SQLException {
		if (x instanceof InputStream stream) {
			setBinaryStream(parameterIndex, stream, scaleOrLength);
		}
		else if (x instanceof Reader reader) {
			setCharacterStream(parameterIndex, reader, scaleOrLength);
		}
		else if (x instanceof Number && (targetSqlType == Types.NUMERIC || targetSqlType == Types.DECIMAL)) {
			setBigDecimal(parameterIndex, new BigDecimal(x.toString()).setScale(scaleOrLength, RoundingMode.HALF_UP));
		}
		else {
			setObject(parameterIndex, x, targetSqlType);
		}
	}

	@Override
	public void setBinaryStream(int parameterIndex, InputStream x, long length) throws SQLException {
		checkOpen();
		if (x == null) {
			this.values.setNull(parameterIndex);
			return;
		}
		this.values.setBlob(parameterIndex, read(length, (bytes, limit) -> {
			bytes.readFrom(x, limit);
			return bytes.length();
		}));
	}

	/**
	 * Reads a parameter's stream.
	 * @param length the length announced, negative for none
	 * @param source reads so much at most and returns how much
	 * @return the value
	 */
	private LobBytes read(long length, Source source) throws SQLException {
		long longest = this.session.maxLength();
		LobBytes bytes = new LobBytes();
		boolean complete = false;
		try {
			long read = source.read(bytes, (length >= 0) ? Math.min(length, longest + 1) : longest + 1);
			if (bytes.length() > longest) {
				throw SqlState.LIMIT_EXCEEDED
					.exception("The parameter's stream is longer than a value can be: " + longest + " bytes");
			}
			if (length >= 0 && read != length) {
				throw SqlState.DATA_EXCEPTION
					.exception("The stream ended after " + read + " of the " + length + " announced");
			}
			complete = true;
			return bytes;
		}
		catch (IOException ex) {
			throw SqlState.DATA_EXCEPTION.exception("The parameter's stream cannot be read: " + ex.getMessage(), 0, ex);
		}
		catch (OutOfMemoryError ex) {
			throw SqlState.OUT_OF_MEMORY.exception("There is no memory for the parameter's stream: " + ex.getMessage(),
					0, ex);
		}
		finally {
			if (!complete) {
				bytes.close();
			}
		}
	}

	/** Where a parameter's value comes from. */
	@FunctionalInterface
	private interface Source {

		long read(LobBytes bytes, long limit) throws IOException;

	}

	@Override
	public void setBinaryStream(int parameterIndex, InputStream x, int length) throws SQLException {
		setBinaryStream(parameterIndex, x, (long) length);
	}

	@Override
	public void setBinaryStream(int parameterIndex, InputStream x) throws SQLException {
		setBinaryStream(parameterIndex, x, -1L);
	}

	@Override
	public void setCharacterStream(int parameterIndex, Reader reader, long length) throws SQLException {
		checkOpen();
		if (reader == null) {
			this.values.setNull(parameterIndex);
			return;
		}
		this.values.setText(parameterIndex, read(length, (bytes, limit) -> {
			Writer utf8 = new OutputStreamWriter(bytes.output(0), StandardCharsets.UTF_8);
			char[] part = new char[8192];
			long read = 0;
			int count = 0;
			while (read < limit && count >= 0) {
				count = reader.read(part, 0, (int) Math.min(part.length, limit - read));
				if (count > 0) {
					utf8.write(part, 0, count);
					read += count;
				}
			}
			utf8.close();
			return read;
		}));
	}

	@Override
	public void setCharacterStream(int parameterIndex, Reader reader, int length) throws SQLException {
		setCharacterStream(parameterIndex, reader, (long) length);
	}

	@Override
	public void setCharacterStream(int parameterIndex, Reader reader) throws SQLException {
		setCharacterStream(parameterIndex, reader, -1L);
	}

	@Override
	public void setNCharacterStream(int parameterIndex, Reader value, long length) throws SQLException {
		setCharacterStream(parameterIndex, value, length);
	}

	@Override
	public void setNCharacterStream(int parameterIndex, Reader value) throws SQLException {
		setCharacterStream(parameterIndex, value);
	}

	@Override
	public void setAsciiStream(int parameterIndex, InputStream x, long length) throws SQLException {
		setCharacterStream(parameterIndex, (x != null) ? new InputStreamReader(x, StandardCharsets.US_ASCII) : null,
				length);
	}

	@Override
	public void setAsciiStream(int parameterIndex, InputStream x, int length) throws SQLException {
		setAsciiStream(parameterIndex, x, (long) length);
	}

	@Override
	public void setAsciiStream(int parameterIndex, InputStream x) throws SQLException {
		setAsciiStream(parameterIndex, x, -1L);
	}

	/** {@inheritDoc} Kept because JDBC still has it. */
	@Override
	@Deprecated
	public void setUnicodeStream(int parameterIndex, InputStream x, int length) throws SQLException {
		throw Unsupported.feature("setUnicodeStream, which JDBC deprecates: setCharacterStream");
	}

	@Override
	public void setBlob(int parameterIndex, Blob x) throws SQLException {
		setBinaryStream(parameterIndex, (x != null) ? x.getBinaryStream() : null);
	}

	@Override
	public void setBlob(int parameterIndex, InputStream inputStream, long length) throws SQLException {
		setBinaryStream(parameterIndex, inputStream, length);
	}

	@Override
	public void setBlob(int parameterIndex, InputStream inputStream) throws SQLException {
		setBinaryStream(parameterIndex, inputStream);
	}

	@Override
	public void setClob(int parameterIndex, Clob x) throws SQLException {
		setCharacterStream(parameterIndex, (x != null) ? x.getCharacterStream() : null);
	}

	@Override
	public void setClob(int parameterIndex, Reader reader, long length) throws SQLException {
		setCharacterStream(parameterIndex, reader, length);
	}

	@Override
	public void setClob(int parameterIndex, Reader reader) throws SQLException {
		setCharacterStream(parameterIndex, reader);
	}

	@Override
	public void setNClob(int parameterIndex, NClob value) throws SQLException {
		setClob(parameterIndex, value);
	}

	@Override
	public void setNClob(int parameterIndex, Reader reader, long length) throws SQLException {
		setCharacterStream(parameterIndex, reader, length);
	}

	@Override
	public void setNClob(int parameterIndex, Reader reader) throws SQLException {
		setCharacterStream(parameterIndex, reader);
	}

	@Override
	public void setURL(int parameterIndex, URL x) throws SQLException {
		setString(parameterIndex, (x != null) ? x.toString() : null);
	}

	@Override
	public void setRef(int parameterIndex, Ref x) throws SQLException {
		throw Unsupported.feature("A reference");
	}

	@Override
	public void setArray(int parameterIndex, Array x) throws SQLException {
		throw Unsupported.feature("An array");
	}

	@Override
	public void setRowId(int parameterIndex, RowId x) throws SQLException {
		if (x == null) {
			setNull(parameterIndex, Types.ROWID);
		}
		else {
			setLong(parameterIndex, JdbcRowId.value(x));
		}
	}

	@Override
	public void setSQLXML(int parameterIndex, SQLXML xmlObject) throws SQLException {
		throw Unsupported.feature("SQLXML");
	}

	/* What a prepared statement must refuse: its text is fixed. */

	private static SQLException textIsFixed() {
		return SqlState.INVALID_CALL
			.exception("A prepared statement has its SQL text already: call the method without one");
	}

	@Override
	public ResultSet executeQuery(String sql) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public boolean execute(String sql) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public boolean execute(String sql, int autoGeneratedKeys) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public boolean execute(String sql, int[] columnIndexes) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public boolean execute(String sql, String[] columnNames) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public long executeLargeUpdate(String sql) throws SQLException {
		throw textIsFixed();
	}

	@Override
	public void addBatch(String sql) throws SQLException {
		throw textIsFixed();
	}

}
