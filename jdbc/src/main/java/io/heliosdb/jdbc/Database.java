package io.heliosdb.jdbc;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.heliosdb.engine.DatabaseKey;
import io.heliosdb.engine.Engine;
import io.heliosdb.engine.EngineLoadException;
import io.heliosdb.engine.KeyChange;
import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.jdbc.sql.TimeTravelSql;

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

	/** Where the key comes from, and the key itself; null without encryption. */
	private volatile KeySource keySource;

	private volatile DatabaseKey key;

	/** Its files are being copied under another key: nobody else opens it. */
	private boolean changingKey;

	private volatile Checkpointer checkpointer;

	/** Null as long as nobody has asked. */
	private HistoryReader historyReader;

	private boolean closed;

	private final AtomicLong lossesOfPoints = new AtomicLong();

	private final Set<Session> sessions = ConcurrentHashMap.newKeySet();

	private int references = 1;

	private Database(ConnectionSettings settings) throws SQLException {
		this.settings = settings;
		this.engine = loadEngine(settings);
		this.keepsHistory = settings.wantsHistory() && !settings.isReadOnly()
				&& settings.location() == ConnectionSettings.Location.FILE;
		if (settings.asOf() != null) {
			checkHistory();
		}
		this.keySource = settings.keySource();
		this.ownership = isFile() ? own(settings) : null;
		try {
			if (isFile() && !settings.isReadOnly()) {
				finishKeyChange();
			}
			if (isFile() && this.keySource != null) {
				this.key = this.keySource.open(settings.displayName());
			}
			this.checkpointer = isShared() ? openCheckpointer() : null;
		}
		catch (SQLException | RuntimeException ex) {
			letGo();
			throw ex;
		}
	}

	private void letGo() {
		closeKey();
		if (this.ownership != null) {
			this.ownership.release();
		}
	}

	private void closeKey() {
		if (this.key != null) {
			this.key.close();
			this.key = null;
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
			if (database.changingKey) {
				throw SqlState.DATABASE_IN_USE.exception(
						"The encryption key of the database " + settings.displayName() + " is just being changed",
						SqliteError.BUSY, null);
			}
			database.checkKey(settings.keySource());
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
				if (this.checkpointer != null) {
					this.checkpointer.close();
				}
			}
			letGo();
		}
	}

	/* Encryption */

	/** What a crash left of a change of key is undone or completed. */
	private void finishKeyChange() throws SQLException {
		try {
			KeyChange.finish(Path.of(this.settings.name()));
		}
		catch (IOException ex) {
			throw SqlState.CANNOT_OPEN.exception("A change of the encryption key of " + this.settings.name()
					+ " was interrupted and cannot be completed: " + ex, SqliteError.CANTOPEN, ex);
		}
	}

	/** Another connection to an open database has to have its key. */
	private void checkKey(KeySource other) throws SQLException {
		if (!isFile() || Objects.equals(this.keySource, other)) {
			return;
		}
		int code = 0;
		if (this.key == null) {
			code = DatabaseKey.NOT_ENCRYPTED;
		}
		else if (other == null) {
			code = DatabaseKey.KEY_MISSING;
		}
		else {
			try (EncryptionKey candidate = other.read(this.settings.displayName())) {
				code = candidate.isSameAs(this.key) ? 0 : DatabaseKey.WRONG_KEY;
			}
		}
		if (code != 0) {
			throw wrongKey(code, null);
		}
	}

	/**
	 * Copies the database under another key. The caller's connection is the only one, and
	 * its native one is closed; afterwards the caller opens another.
	 * @param next the key's source, {@code null} for no encryption
	 * @param copy where to, {@code null} to put the copies into place
	 * @param progress hears of the pages
	 * @return whether the history was kept
	 */
	boolean changeKey(KeySource next, Path copy, DatabaseEncryption.Progress progress) throws SQLException {
		DatabaseKey nextKey = (next != null) ? next.open(this.settings.displayName()) : null;
		boolean changed = false;
		try {
			closeHistoryReader();
			this.checkpointer.close();
			boolean kept = copyUnder(nextKey, copy, progress);
			changed = copy == null;
			return kept;
		}
		finally {
			if (changed) {
				closeKey();
				this.key = nextKey;
				this.keySource = next;
			}
			else if (nextKey != null) {
				nextKey.close();
			}
			this.checkpointer = null;
			this.checkpointer = openCheckpointer();
			readHistoryAgain();
		}
	}

	private boolean copyUnder(DatabaseKey nextKey, Path copy, DatabaseEncryption.Progress progress)
			throws SQLException {
		Path file = Path.of(this.settings.name());
		try {
			return (copy != null) ? KeyChange.copy(file, this.key, nextKey, copy, progress::copied)
					: KeyChange.run(file, this.key, nextKey, progress::copied);
		}
		catch (NativeException ex) {
			throw failureToOpen(ex);
		}
		catch (FileAlreadyExistsException ex) {
			throw SqlState.INVALID_PARAMETER_VALUE
				.exception("The copy " + ex.getFile() + " exists: name a file that does not", 0, ex);
		}
		catch (IOException ex) {
			throw SqlState.IO_ERROR.exception("The database " + file + " cannot be copied under another key: " + ex,
					SqliteError.IOERR, ex);
		}
	}

	/**
	 * Keeps everybody else out while the key is changed.
	 * @param only the one connection that may be open
	 */
	void beginKeyChange(Session only) throws SQLException {
		if (!isFile() || this.settings.isReadOnly()) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The encryption key of " + this.settings.displayName()
					+ " cannot be changed, as it is " + (isFile() ? "open for reading only" : "in memory"));
		}
		synchronized (OPEN) {
			long others = this.sessions.stream().filter((session) -> session != only).count();
			if (others > 0 || this.changingKey) {
				throw SqlState.DATABASE_IN_USE.exception("The encryption key of " + this.settings.displayName()
						+ " cannot be changed while others use it: " + others
						+ " other connections are open in this process. Close them, or do it before the application "
						+ "opens the database", SqliteError.BUSY, null);
			}
			this.changingKey = true;
		}
	}

	void endKeyChange() {
		synchronized (OPEN) {
			this.changingKey = false;
		}
	}

	/**
	 * Makes room for encryption in what a statement has attached, which may be new.
	 * @param connection the connection
	 */
	void attached(NativeConnection connection) throws SQLException {
		if (this.key == null) {
			return;
		}
		try {
			for (Object[] schema : NativeSql.rows(connection, "PRAGMA database_list")) {
				connection.prepareSchema((String) schema[1]);
			}
		}
		catch (NativeException ex) {
			throw SqliteError.of(ex);
		}
	}

	private EncryptionStatus encryption() {
		DatabaseKey present = this.key;
		return (present != null) ? new EncryptionStatus("AES-256-GCM", present.derivation()) : null;
	}

	private SQLException wrongKey(int code, NativeException cause) {
		String file = "The database " + this.settings.displayName();
		String message = switch (code) {
			case DatabaseKey.WRONG_KEY ->
				file + " cannot be decrypted with this key: it was encrypted with another one, "
						+ "or with a passphrase where this is a key. It was left as it is";
			case DatabaseKey.KEY_MISSING ->
				file + " is encrypted, and no key was given. It was left as it is: give its "
						+ "key, by heliosdb.encryption or the connection parameters key, key_file or passphrase";
			case DatabaseKey.NOT_ENCRYPTED -> file + " is not encrypted, and a key was given. It was left as it is: "
					+ "encrypt it by DatabaseEncryption.encrypt or PRAGMA heliosdb_rekey, or take the key away";
			default -> file + " is encrypted in a way that this version does not know. It was left as it is: open it "
					+ "with the version of HeliosDB that wrote it, or a later one";
		};
		return SqlState.WRONG_KEY.exception(message, code, cause);
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

	private boolean isFile() {
		return this.settings.location() == ConnectionSettings.Location.FILE;
	}

	private boolean isShared() {
		return this.settings.location() != ConnectionSettings.Location.PRIVATE_MEMORY;
	}

	/**
	 * Its connection is the first and the last one of the database: it puts the database
	 * into WAL mode, and keeps a memory database alive.
	 */
	private Checkpointer openCheckpointer() throws SQLException {
		NativeConnection connection = openBeside();
		try {
			if (!this.settings.isReadOnly()) {
				NativeSql.rows(connection, "PRAGMA journal_mode=WAL");
			}
			NativeSql.rows(connection, CHECKPOINT_CACHE);
			if (this.keepsHistory) {
				startHistory(connection);
			}
			return new Checkpointer(connection, this.writers, this.settings.shortName(),
					this.keepsHistory ? expiry() : null, this::openBeside);
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
			LOGGER.log(Level.WARNING,
					"The history of " + this.settings.displayName()
							+ " cannot be started. The database is usable, its past cannot be read. It is tried again; "
							+ "meanwhile the write-ahead log keeps all commits, and grows",
					ex);
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
		boolean sharesPages = this.key != null && this.settings.encryptionCacheBytes() > 0;
		return openPresent(connectionSettings, sharesPages);
	}

	/** A connection for the database's own work: what that reads, it reads once. */
	private NativeConnection openBeside() throws SQLException {
		return openPresent(this.settings, false);
	}

	private NativeConnection openPresent(ConnectionSettings connectionSettings, boolean sharesPages)
			throws SQLException {
		List<String> parameters = new ArrayList<>();
		if (this.keepsHistory) {
			parameters.add("heliosdb_history=on&heliosdb_retention=" + this.settings.historyRetention().toMillis()
					+ "&heliosdb_max_size=" + this.settings.historyMaxBytes() + "&heliosdb_max_wal="
					+ this.settings.historyMaxWalBytes());
		}
		if (sharesPages) {
			parameters.add("heliosdb_clear_pages=" + this.settings.encryptionCacheBytes());
		}
		String name = parameters.isEmpty() ? connectionSettings.name()
				: connectionSettings.uri(String.join("&", parameters));
		return openNative(connectionSettings, name, connectionSettings.isReadOnly());
	}

	/**
	 * Opens a connection of SQLite to the database as it was at a point.
	 * @param connectionSettings settings of that connection
	 * @param scn the point
	 * @return the connection
	 * @throws SQLException if it cannot be opened, and says so if the point has gone
	 * since it was found
	 */
	NativeConnection openSnapshot(ConnectionSettings connectionSettings, long scn) throws SQLException {
		try {
			return openNative(connectionSettings, connectionSettings.uri("heliosdb_as_of=" + scn), true);
		}
		catch (SQLException ex) {
			find(new NamedPoint(TimeTravelSql.Kind.SCN, scn));
			throw ex;
		}
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
			if (this.keySource != null) {
				// Of a memory database too: nothing of it shall be in a file.
				NativeSql.rows(connection, "PRAGMA temp_store=MEMORY");
			}
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
			case FILE -> (this.key != null) ? this.key.vfs() : NativeConnection.FILE_VFS;
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

	private synchronized void readHistoryAgain() {
		this.closed = false;
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
			this.historyReader = null;
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
		if (code == DatabaseKey.WRONG_KEY || code == DatabaseKey.KEY_MISSING || code == DatabaseKey.NOT_ENCRYPTED
				|| code == DatabaseKey.UNKNOWN_CIPHER) {
			return wrongKey(code, failure);
		}
		return switch (SqliteError.primary(code)) {
			case SqliteError.BUSY -> FileOwnership.inUse(file, null);
			case SqliteError.NOTADB -> SqlState.CANNOT_OPEN.exception("The file " + file
					+ " is not a SQLite database, or another program encrypted it. It was left as it is: name another file, "
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
		Checkpointer told = this.checkpointer;
		if (told != null) {
			told.committed(walFrames);
		}
	}

	void opened(Session session) {
		this.sessions.add(session);
	}

	void closed(Session session) {
		this.sessions.remove(session);
	}

	DatabaseStatus status() throws SQLException {
		long cache = 0;
		for (Session session : this.sessions) {
			cache += session.cacheBytes();
		}
		boolean file = isFile();
		return new DatabaseStatus(this.settings.shortName(), this.settings.displayName(), file ? sizeOf("") : 0,
				file ? sizeOf("-wal") : 0, cache, this.sessions.size(), this.engine.version(),
				this.engine.sqliteVersion(), this.keepsHistory ? historyReader().status() : null, encryption());
	}

	private long sizeOf(String suffix) {
		return Path.of(this.settings.name() + suffix).toFile().length();
	}

}
