package io.heliosdb.jdbc;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.heliosdb.engine.Engine;
import io.heliosdb.engine.EngineLoadException;
import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * A database that is open in this JVM: what its connections share. It is opened by the
 * first that acquires it and closed by the last that releases it.
 */
final class Database {

	private static final Logger LOGGER = System.getLogger(Database.class.getName());

	/** Page cache of the connection that only checkpoints. */
	private static final String CHECKPOINT_CACHE = "PRAGMA cache_size=-256";

	/** By {@link ConnectionSettings#key()}; guards the counts of its databases too. */
	private static final Map<String, Database> OPEN = new HashMap<>();

	private final ConnectionSettings settings;

	private final Engine engine;

	private final FileOwnership ownership;

	private final WriterQueue writers = new WriterQueue();

	/**
	 * Decided by the connection that opened the database: all commits have to be seen.
	 */
	private final boolean keepsHistory;

	private final Checkpointer checkpointer;

	/** Null as long as nobody has asked. */
	private HistoryReader historyReader;

	private boolean closed;

	private final AtomicLong lossesOfPoints = new AtomicLong();

	private final Set<JdbcConnection> connections = ConcurrentHashMap.newKeySet();

	private int references = 1;

	private Database(ConnectionSettings settings) throws SQLException {
		this.settings = settings;
		this.engine = loadEngine(settings);
		this.keepsHistory = settings.wantsHistory() && !settings.isReadOnly()
				&& settings.location() == ConnectionSettings.Location.FILE;
		if (settings.asOf() != null) {
			checkHistory();
		}
		this.ownership = (settings.location() == ConnectionSettings.Location.FILE) ? own(settings) : null;
		try {
			this.checkpointer = isShared() ? openCheckpointer() : null;
		}
		catch (SQLException | RuntimeException ex) {
			if (this.ownership != null) {
				this.ownership.release();
			}
			throw ex;
		}
	}

	/**
	 * The database of these settings, open. The caller releases it.
	 * @param settings where it is and how to open it
	 * @return the database
	 * @throws SQLException if it cannot be opened, or is open under other settings
	 */
	static Database acquire(ConnectionSettings settings) throws SQLException {
		if (settings.location() == ConnectionSettings.Location.PRIVATE_MEMORY) {
			return new Database(settings);
		}
		synchronized (OPEN) {
			Database database = OPEN.get(settings.key());
			if (database == null) {
				database = new Database(settings);
				OPEN.put(settings.key(), database);
				return database;
			}
			ConnectionProperty conflict = database.settings.conflictWith(settings);
			if (conflict != null) {
				throw SqlState.DATABASE_IN_USE.exception("The database " + settings.displayName()
						+ " is in use in this JVM under other settings: connection parameter '" + conflict.key()
						+ "' differs. Give all connections to a database the same", SqliteError.BUSY, null);
			}
			if (settings.wantsHistory() && !settings.isReadOnly() && database.settings.isReadOnly()) {
				LOGGER.log(Level.WARNING,
						"No history of {0} is kept, as its first connection was opened with read_only=true: "
								+ "open one without it first",
						settings.displayName());
			}
			database.references++;
			return database;
		}
	}

	/** Gives the database back; the last one closes it. */
	void release() {
		synchronized (OPEN) {
			if (--this.references > 0) {
				return;
			}
			if (isShared()) {
				OPEN.remove(this.settings.key());
				closeHistoryReader();
				this.checkpointer.close();
			}
			if (this.ownership != null) {
				this.ownership.release();
			}
		}
	}

	private static Engine loadEngine(ConnectionSettings settings) throws SQLException {
		try {
			return Engine.load(settings.nativeDirectory());
		}
		catch (EngineLoadException ex) {
			throw SqlState.CANNOT_OPEN.exception(ex.getMessage(), 0, ex);
		}
	}

	private static FileOwnership own(ConnectionSettings settings) throws SQLException {
		Path file = Path.of(settings.name());
		Path folder = file.resolveSibling("");
		try {
			if (Files.isDirectory(file)) {
				throw new IOException("it is a folder");
			}
			if (settings.isReadOnly()) {
				if (!Files.exists(file)) {
					throw new NoSuchFileException("it does not exist, and is to be opened for reading only");
				}
				// Nobody can claim a file where nothing can be written, and nobody can
				// change it.
				return Files.isWritable(folder) ? FileOwnership.claim(file) : null;
			}
			if (settings.asOf() != null && !Files.exists(file)) {
				throw new NoSuchFileException("it does not exist, and so it has no past");
			}
			Files.createDirectories(folder);
			return FileOwnership.claim(file);
		}
		catch (IOException ex) {
			throw SqlState.CANNOT_OPEN.exception("The database " + file + " cannot be opened: " + ex.getMessage()
					+ ". Its path (property heliosdb.path, or the JDBC URL) must name a file in a folder that exists "
					+ "or can be made", SqliteError.CANTOPEN, ex);
		}
	}

	private boolean isShared() {
		return this.settings.location() != ConnectionSettings.Location.PRIVATE_MEMORY;
	}

	/**
	 * Its connection is the first and the last one of the database: it puts the database
	 * into WAL mode, and keeps a memory database alive.
	 */
	private Checkpointer openCheckpointer() throws SQLException {
		NativeConnection connection = openNative(this.settings);
		try {
			if (!this.settings.isReadOnly()) {
				NativeSql.rows(connection, "PRAGMA journal_mode=WAL");
			}
			NativeSql.rows(connection, CHECKPOINT_CACHE);
			if (this.keepsHistory) {
				startHistory(connection);
			}
			return new Checkpointer(connection, this.writers, this.settings.shortName(),
					this.keepsHistory ? expiry() : null, () -> openNative(this.settings));
		}
		catch (NativeException ex) {
			connection.close();
			throw failureToOpen(ex);
		}
	}

	/** The present stays usable without its history, which is tried again. */
	private void startHistory(NativeConnection connection) {
		try {
			NativeSql.rows(connection, "SELECT heliosdb_scn()");
		}
		catch (NativeException ex) {
			LOGGER.log(Level.WARNING, "The history of " + this.settings.displayName()
					+ " cannot be started. The database is usable, its past cannot be read", ex);
		}
	}

	private Checkpointer.Expiry expiry() {
		return new Checkpointer.Expiry(this.settings.historyRetention(), this.settings.historyMaxBytes(),
				this::pointsLost);
	}

	/**
	 * Opens a connection of SQLite and gives it the driver's defaults.
	 * @param connectionSettings settings of that connection
	 * @return the connection
	 * @throws SQLException if the database cannot be opened
	 */
	NativeConnection openNative(ConnectionSettings connectionSettings) throws SQLException {
		String name = connectionSettings.name();
		if (this.keepsHistory) {
			name = connectionSettings
				.uri("heliosdb_history=on&heliosdb_retention=" + this.settings.historyRetention().toMillis()
						+ "&heliosdb_max_size=" + this.settings.historyMaxBytes());
		}
		return openNative(connectionSettings, name, connectionSettings.isReadOnly());
	}

	/**
	 * Opens a connection of SQLite to the database as it was at a point.
	 * @param connectionSettings settings of that connection
	 * @param scn the point
	 * @return the connection
	 * @throws SQLException if it cannot be opened
	 */
	NativeConnection openSnapshot(ConnectionSettings connectionSettings, long scn) throws SQLException {
		return openNative(connectionSettings, connectionSettings.uri("heliosdb_as_of=" + scn), true);
	}

	private NativeConnection openNative(ConnectionSettings connectionSettings, String name, boolean readOnly)
			throws SQLException {
		int flags = NativeConnection.OPEN_NOMUTEX | (readOnly ? NativeConnection.OPEN_READONLY
				: NativeConnection.OPEN_READWRITE | NativeConnection.OPEN_CREATE);
		if (this.settings.location() != ConnectionSettings.Location.SHARED_MEMORY) {
			flags |= NativeConnection.OPEN_URI;
		}
		NativeConnection connection = null;
		try {
			connection = NativeConnection.open(name, flags, vfs());
			connection.setBusyTimeout((int) Math.min(connectionSettings.busyTimeout().toMillis(), Integer.MAX_VALUE));
			NativeSql.rows(connection, "PRAGMA foreign_keys=" + connectionSettings.hasForeignKeys());
			NativeSql.rows(connection, "PRAGMA cache_size=-" + Math.max(1, connectionSettings.cacheBytes() / 1024));
			NativeSql.rows(connection, "PRAGMA synchronous=" + connectionSettings.synchronous());
			return connection;
		}
		catch (NativeException ex) {
			if (connection != null) {
				connection.close();
			}
			throw failureToOpen(ex);
		}
	}

	private String vfs() {
		return switch (this.settings.location()) {
			case FILE -> NativeConnection.FILE_VFS;
			case SHARED_MEMORY -> NativeConnection.MEMORY_VFS;
			case PRIVATE_MEMORY -> null;
		};
	}

	/**
	 * Refuses what needs a history where there is none.
	 * @throws SQLException if the database keeps no history
	 */
	void checkHistory() throws SQLException {
		if (this.keepsHistory) {
			return;
		}
		String reason = switch (this.settings.location()) {
			case FILE -> this.settings.isReadOnly()
					? "as it was opened with read_only=true: open it for writing, even if nothing is to be written"
					: "as it was opened with history=off: open it with history=on, and its past begins there";
			default -> "as it is in memory: use a database file for time travel";
		};
		throw SqlState.NO_HISTORY
			.exception("The database " + this.settings.displayName() + " keeps no history, " + reason);
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return its SCN
	 * @throws SQLException if it does not exist, or the database keeps no history
	 */
	long find(NamedPoint point) throws SQLException {
		checkHistory();
		return historyReader().find(point);
	}

	private synchronized HistoryReader historyReader() throws SQLException {
		if (this.closed) {
			throw SqlState.CONNECTION_CLOSED.exception("The database " + this.settings.displayName() + " is closed");
		}
		if (this.historyReader == null) {
			this.historyReader = new HistoryReader(openNative(this.settings));
		}
		return this.historyReader;
	}

	private synchronized void closeHistoryReader() {
		this.closed = true;
		if (this.historyReader != null) {
			this.historyReader.close();
		}
	}

	/** Says that points may not exist any more which did. */
	void pointsLost() {
		this.lossesOfPoints.incrementAndGet();
	}

	/** How often points may have been lost: what was found before may not be there. */
	long lossesOfPoints() {
		return this.lossesOfPoints.get();
	}

	private SQLException failureToOpen(NativeException failure) {
		int code = failure.code();
		Path file = Path.of(this.settings.name());
		return switch (SqliteError.primary(code)) {
			case SqliteError.BUSY -> FileOwnership.inUse(file, null);
			case SqliteError.NOTADB -> SqlState.CANNOT_OPEN.exception("The file " + file
					+ " is not a SQLite database, or it is encrypted. It was left as it is: name another file, "
					+ "or move this one away", code, failure);
			case SqliteError.CANTOPEN -> SqlState.CANNOT_OPEN.exception("The database " + file
					+ " cannot be opened: it does not exist, or this user may not read and write it and its folder",
					code, failure);
			default -> SqliteError.of(failure);
		};
	}

	WriterQueue writers() {
		return this.writers;
	}

	/**
	 * Tells how long the WAL is, after a commit.
	 * @param walFrames frames in the WAL
	 */
	void committed(int walFrames) {
		if (this.checkpointer != null) {
			this.checkpointer.committed(walFrames);
		}
	}

	void opened(JdbcConnection connection) {
		this.connections.add(connection);
	}

	void closed(JdbcConnection connection) {
		this.connections.remove(connection);
	}

	DatabaseStatus status() throws SQLException {
		long cache = 0;
		for (JdbcConnection connection : this.connections) {
			cache += connection.cacheBytes();
		}
		boolean file = this.settings.location() == ConnectionSettings.Location.FILE;
		return new DatabaseStatus(this.settings.shortName(), this.settings.displayName(), file ? sizeOf("") : 0,
				file ? sizeOf("-wal") : 0, cache, this.connections.size(), this.engine.version(),
				this.engine.sqliteVersion(), this.keepsHistory ? historyReader().status() : null);
	}

	private long sizeOf(String suffix) {
		return Path.of(this.settings.name() + suffix).toFile().length();
	}

}
