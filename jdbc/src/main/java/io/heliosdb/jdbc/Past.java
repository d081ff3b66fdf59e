package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.jdbc.sql.DefinitionSql;
import io.heliosdb.jdbc.sql.NearestSql;
import io.heliosdb.jdbc.sql.RekeyPragma;
import io.heliosdb.jdbc.sql.StatementText;
import io.heliosdb.jdbc.sql.TimeTravelSql;
import io.heliosdb.jdbc.sql.TimeTravelSql.Kind;
import io.heliosdb.jdbc.sql.TimeTravelSql.Point;
import io.heliosdb.jdbc.sql.TimeTravelSql.TableReference;
import io.heliosdb.jdbc.sql.StatementSyntaxException;
import io.heliosdb.jdbc.sql.Tokenizer;
import io.heliosdb.jdbc.sql.VectorSql;

/**
 * How a connection looks at the past. A table with a point becomes a table of the schema
 * that the point is attached as; the versions of a table's rows become a temporary
 * virtual table. The connection's lock guards it.
 * <p>
 * Attached points must never show through: SQLite would find a table that does not exist
 * any more in one of them when a statement names it without a schema. So they go before
 * anything is written, and before what looks at all schemas; and of a statement that
 * reads, it is looked at what SQLite made of it.
 */
final class Past {

	/** Points that are known without asking the engine. */
	private static final int KNOWN_POINTS = 64;

	private static final String POINT_AT = "SELECT heliosdb_point_at(?, ?)";

	private static final String OLDEST = "SELECT oldest_scn FROM heliosdb_history";

	private final Session session;

	private final NativeConnection nativeConnection;

	private final Database database;

	private final StatementCache cache;

	private final Snapshots snapshots;

	private final HistoryTables tables;

	private final VectorIndexes indexes;

	/** The statements of this connection that look at the past, by their text. */
	private final Map<String, TranslatedSql> translations = new LinkedHashMap<>(16, 0.75f, true);

	private final Map<NamedPoint, Long> knownPoints = new HashMap<>();

	/** The database's count of lost points when the known points were found. */
	private long lossesSeen;

	Past(Session session, NativeConnection nativeConnection, Database database, StatementCache cache) {
		this.session = session;
		this.nativeConnection = nativeConnection;
		this.database = database;
		this.cache = cache;
		this.snapshots = new Snapshots(nativeConnection, session.settings(), cache);
		this.tables = new HistoryTables(nativeConnection);
		this.indexes = new VectorIndexes(session, nativeConnection);
	}

	/**
	 * Reads a text that the cache does not have.
	 * @param sql the text
	 * @return its first statement, {@code null} if that is as SQLite knows it
	 * @throws SQLException if it speaks of the past where it cannot
	 */
	TranslatedSql translation(String sql) throws SQLException {
		TranslatedSql known = this.translations.get(sql);
		if (known != null) {
			return known;
		}
		String text = withoutOperators(sql);
		TranslatedSql.Kind kind = kind(text);
		if (kind == TranslatedSql.Kind.PAST && !TimeTravelSql.mayApply(text)) {
			return null;
		}
		try {
			RekeyPragma rekey = RekeyPragma.parse(sql);
			if (rekey != null) {
				// Not kept, with its key.
				return TranslatedSql.of(rekey, this.session.settings().shortName());
			}
			TimeTravelSql statement = (kind == TranslatedSql.Kind.PAST) ? TimeTravelSql.parse(text)
					: TimeTravelSql.parseAny(text);
			if (statement == null) {
				return null;
			}
			TranslatedSql translated = TranslatedSql.of(kind, statement, sql, this.session.settings().shortName());
			if (this.translations.size() >= StatementCache.CAPACITY) {
				this.translations.remove(this.translations.keySet().iterator().next());
			}
			this.translations.put(sql, translated);
			return translated;
		}
		catch (StatementSyntaxException ex) {
			throw syntaxError(ex);
		}
	}

	private static TranslatedSql.Kind kind(String text) {
		if (NearestSql.mayApply(text) && NearestSql.parse(text) != null) {
			return TranslatedSql.Kind.SEARCH;
		}
		if (VectorSql.isBeam(text)) {
			return TranslatedSql.Kind.BEAM;
		}
		return (DefinitionSql.parse(text) != null) ? TranslatedSql.Kind.DEFINITION : TranslatedSql.Kind.PAST;
	}

	/** A text whose first statement has nothing of what vectors add to SQL. */
	static String withoutOperators(String sql) throws SQLException {
		try {
			return VectorSql.translate(sql);
		}
		catch (StatementSyntaxException ex) {
			throw syntaxError(ex);
		}
	}

	private static SQLException syntaxError(StatementSyntaxException cause) {
		return SqlState.SYNTAX_ERROR.exception(cause.getMessage(), SqliteError.ERROR, cause);
	}

	/**
	 * Makes a statement of SQLite.
	 * @param owner what is executed
	 * @param translated the statement
	 * @param values the values of its parameters, {@code null} to take the newest point
	 * for all
	 * @param held what the last execution made of it, {@code null} if there is none
	 * @return the statement, in use, with all that it reads there
	 * @throws SQLException if a point does not exist, or SQLite refuses the statement
	 */
	CachedStatement prepare(JdbcStatement owner, TranslatedSql translated, ParameterValues values, CachedStatement held)
			throws SQLException {
		if (translated.kind() == TranslatedSql.Kind.BEAM) {
			return prepareBeam(translated, values);
		}
		List<TableReference> references = translated.statement().references();
		if (!references.isEmpty() || translated.kind() == TranslatedSql.Kind.PAST) {
			this.database.checkHistory();
		}
		long[] points = new long[translated.statement().pointCount()];
		int found = 0;
		for (TableReference reference : references) {
			for (Point point : reference.points()) {
				points[found++] = scn(owner, point, values);
			}
			if (reference.isVersions()) {
				checkOrder(points[found - 2], points[found - 1]);
			}
		}
		if (held != null && translated.kind() == TranslatedSql.Kind.PAST && held.past().isOf(points)) {
			return held;
		}
		try {
			return prepare(translated, points, held);
		}
		catch (NativeException ex) {
			// One may have gone since it was found.
			throw failure(ex, new PastUse(points, points, List.of()));
		}
	}

	private static void checkOrder(long from, long to) throws SQLException {
		if (from > to) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception(
					"VERSIONS BETWEEN needs the earlier point first, and SCN " + from + " is later than SCN " + to);
		}
	}

	private CachedStatement prepare(TranslatedSql translated, long[] points, CachedStatement held)
			throws SQLException, NativeException {
		List<String> sources = new ArrayList<>();
		List<Long> scns = new ArrayList<>();
		List<HistoryTables.Table> versions = new ArrayList<>();
		StringBuilder key = new StringBuilder(translated.sql()).append('\0');
		int next = 0;
		for (TableReference reference : translated.statement().references()) {
			String source;
			if (reference.isVersions()) {
				HistoryTables.Table table = this.tables.versions(reference.table(), points[next + 1]);
				versions.add(table);
				source = table.name() + "(" + points[next] + ", " + points[next + 1] + ")";
			}
			else {
				scns.add(points[next]);
				source = Snapshots.schema(points[next]) + "." + StatementText.quoted(reference.table());
			}
			next += reference.points().size();
			sources.add(source);
			key.append(source).append('\0');
		}
		if (translated.kind() != TranslatedSql.Kind.PAST) {
			key.append(this.indexes.version());
		}
		if (held != null && held.key().contentEquals(key)) {
			return held;
		}
		CachedStatement cached = this.cache.borrow(key.toString());
		if (cached != null) {
			return cached;
		}
		PastUse use = sources.isEmpty() ? PastUse.NONE
				: new PastUse(points, scns.stream().mapToLong(Long::longValue).toArray(), versions);
		this.snapshots.attach(use.scns());
		String text = translated.statement().translate(sources);
		CachedStatement statement = switch (translated.kind()) {
			case PAST, BEAM -> this.session.prepare(translated, key.toString(), text, use, Companions.NONE);
			case SEARCH -> prepareSearch(translated, key.toString(), text, use);
			case DEFINITION -> prepareDefinition(translated, key.toString(), text, use);
		};
		if (use == PastUse.NONE) {
			check(statement);
		}
		checkNames(translated.statement(), use);
		return statement;
	}

	/** The index is to make it fast, not to make it fail. */
	private CachedStatement prepareSearch(TranslatedSql translated, String key, String text, PastUse use)
			throws SQLException, NativeException {
		NearestSql search = NearestSql.parse(text);
		String exact = search.translate(Map.of());
		CachedStatement statement = this.session.prepare(translated, key, exact, use, Companions.NONE);
		Map<NearestSql.Search, NearestSql.Driver> drivers = this.indexes.drivers(search);
		if (!drivers.isEmpty()) {
			drivers = this.indexes.worthwhile(drivers, exact);
		}
		if (drivers.isEmpty()) {
			return statement;
		}
		this.cache.discard(statement);
		try {
			return this.session.prepare(translated, key, search.translate(drivers), use, Companions.NONE);
		}
		catch (SQLException ex) {
			if (SqliteError.primary(ex.getErrorCode()) != SqliteError.ERROR) {
				throw ex;
			}
			return this.session.prepare(translated, key, exact, use, Companions.NONE);
		}
	}

	private CachedStatement prepareDefinition(TranslatedSql translated, String key, String text, PastUse use)
			throws SQLException, NativeException {
		DefinitionSql definition = DefinitionSql.parse(text);
		Companions companions = this.indexes.companions(definition);
		return this.session.prepare(translated, key, this.indexes.translate(definition, text), use, companions);
	}

	/** The beam of searches by vector indexes, as {@code PRAGMA heliosdb_vector_beam}. */
	private CachedStatement prepareBeam(TranslatedSql translated, ParameterValues values) throws SQLException {
		Object value = VectorSql.beam(translated.statement().translate(List.of()));
		if (value instanceof Integer parameter) {
			value = (values != null) ? values.value(parameter) : null;
		}
		if (value != null && values != null) {
			this.indexes.exchangeBeam(ConnectionSettings.vectorBeam(value.toString()));
		}
		String text = "SELECT " + ((this.indexes.beam() != null) ? this.indexes.beam() : "NULL")
				+ " AS heliosdb_vector_beam";
		CachedStatement cached = this.cache.borrow(translated.sql() + '\0' + text);
		return (cached != null) ? cached
				: this.session.prepare(translated, translated.sql() + '\0' + text, text, PastUse.NONE, Companions.NONE);
	}

	/** Of a table that is gone the past must not be read by mistake. */
	private void checkNames(TimeTravelSql statement, PastUse use) throws SQLException, NativeException {
		if (use.scns().length == 0) {
			return;
		}
		for (String name : statement.presentTables()) {
			List<Object[]> found = NativeSql.rows(this.nativeConnection, "SELECT schema FROM pragma_table_list(?)",
					name);
			if (!found.isEmpty() && found.stream().allMatch((row) -> Snapshots.isSchema((String) row[0]))) {
				throw noSuchTable(name);
			}
		}
	}

	private static SQLException noSuchTable(String name) {
		return SqlState.NO_SUCH_TABLE.exception("no such table: " + name + ". It exists only in the past: say which, "
				+ "as in " + name + " AS OF SCN <n>", SqliteError.ERROR, null);
	}

	private long scn(JdbcStatement owner, Point point, ParameterValues values) throws SQLException {
		if (values == null) {
			return scn(new NamedPoint(Kind.NOW, null));
		}
		Object value = point.constant();
		if (point.isParameter()) {
			value = values.value(point.bindings().get(0));
		}
		else if (value == null && point.operand() != null) {
			value = this.session.evaluate(owner, point, values);
		}
		return scn(NamedPoint.of(point.kind(), value));
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return its SCN
	 * @throws SQLException if it does not exist
	 */
	long scn(NamedPoint point) throws SQLException {
		long losses = this.database.lossesOfPoints();
		if (losses != this.lossesSeen || this.knownPoints.size() >= KNOWN_POINTS) {
			this.knownPoints.clear();
			this.lossesSeen = losses;
		}
		Long known = this.knownPoints.get(point);
		if (known != null) {
			return known;
		}
		Object[] row = (point.kind() == Kind.OLDEST) ? this.session.query(OLDEST)
				: this.session.query(POINT_AT, point.engineKind(), point.value());
		Long scn = (Long) row[0];
		if (point.isFixed()) {
			this.knownPoints.put(point, scn);
		}
		return scn;
	}

	VectorIndexes indexes() {
		return this.indexes;
	}

	/** The temporary table of the differences between points of a table. */
	String changesTable(String table, long scn) throws SQLException {
		this.database.checkHistory();
		try {
			return this.tables.changes(table, scn).name();
		}
		catch (NativeException ex) {
			throw failure(ex, PastUse.NONE);
		}
	}

	/**
	 * Sees to it before an execution that a statement finds what it reads, and nothing
	 * else. Within a transaction SQLite does not let go of what was read in it, and what
	 * was not has gone when it began.
	 * @param statement the statement
	 * @param inTransaction whether a transaction is open
	 */
	void before(CachedStatement statement, boolean inTransaction) throws SQLException {
		PastUse use = statement.past();
		if (use != PastUse.NONE) {
			try {
				this.snapshots.attach(use.scns());
				this.tables.make(use.tables());
			}
			catch (NativeException ex) {
				throw failure(ex, use);
			}
		}
		else if (!inTransaction && (statement.writes() || statement.seesAllSchemas())) {
			this.snapshots.detachIdle();
		}
	}

	/** Lets go of what a transaction that writes would have to look at. */
	void beforeWriteTransaction() {
		this.snapshots.detachIdle();
	}

	/**
	 * Checks what SQLite made of a statement of the present.
	 * @param statement the statement, just prepared, or prepared anew by SQLite
	 * @throws SQLException if it names a table that only exists in the past
	 */
	void check(CachedStatement statement) throws SQLException {
		if (this.snapshots.isEmpty() || statement.past() != PastUse.NONE || statement.seesAllSchemas()
				|| statement.statement().isExplain()) {
			return;
		}
		try {
			if (!readsSnapshot(statement.text())) {
				return;
			}
			this.snapshots.detachIdle();
			// Without them SQLite itself says what it misses.
			if (readsSnapshot(statement.text())) {
				throw SqlState.NO_SUCH_TABLE.exception("no such table: one exists only in the past. Say which point, "
						+ "as in <table> AS OF SCN <n>, in: " + statement.sql(), SqliteError.ERROR, null);
			}
		}
		catch (NativeException ex) {
			throw SqliteError.ofPrepare(ex, statement.sql());
		}
	}

	private boolean readsSnapshot(String sql) throws NativeException {
		Set<Object> indexes = new HashSet<>();
		for (Object[] row : NativeSql.rows(this.nativeConnection, "PRAGMA database_list")) {
			if (Snapshots.isSchema((String) row[1])) {
				indexes.add(row[0]);
			}
		}
		// Each schema that a statement uses has an instruction that begins its reading.
		return NativeSql.rows(this.nativeConnection, "EXPLAIN " + withoutSemicolons(sql))
			.stream()
			.anyMatch((row) -> "Transaction".equals(row[1]) && indexes.contains(row[2]));
	}

	private static String withoutSemicolons(String sql) {
		Tokenizer tokens = new Tokenizer(sql);
		tokens.next();
		while (tokens.isSymbol(';')) {
			tokens.next();
		}
		return sql.substring(tokens.start());
	}

	/**
	 * The exception for a failure of SQLite's.
	 * @param failure the failure
	 * @param use what the statement read of the past
	 * @return the exception, which says so if a point was lost to retention meanwhile
	 */
	SQLException failure(NativeException failure, PastUse use) {
		int code = SqliteError.primary(failure.code());
		if (code == SqliteError.IOERR || code == SqliteError.CANTOPEN) {
			for (long scn : this.session.pointsOf(use)) {
				try {
					NativeSql.rows(this.nativeConnection, POINT_AT, "scn", scn);
				}
				catch (NativeException ex) {
					return SqlState.INVALID_PARAMETER_VALUE.exception(ex.getMessage(), failure.code(), failure);
				}
			}
		}
		if (failure.getMessage().startsWith("too many attached databases")) {
			return SqlState.LIMIT_EXCEEDED.exception(
					failure.getMessage() + ": a transaction, with the results that "
							+ "are open, reads no more points of the past than that. End it before you go on",
					failure.code(), failure);
		}
		return SqliteError.of(failure);
	}

}
