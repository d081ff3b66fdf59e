package io.heliosdb.jdbc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.heliosdb.engine.Engine;
import io.heliosdb.engine.EngineLoadException;
import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;
import io.heliosdb.engine.NativeStatement;
import io.heliosdb.engine.Parameters;
import io.heliosdb.engine.Rows;

/**
 * A database that is open in this JVM: what its connections share. It is opened by the
 * first that acquires it and closed by the last that releases it.
 */
final class Database {

	/** Page cache of the connection that only checkpoints. */
	private static final String CHECKPOINT_CACHE = "PRAGMA cache_size=-256";

	/** By {@link ConnectionSettings#key()}; guards the counts of its databases too. */
	private static final Map<String, Database> OPEN = new HashMap<>();

	private final ConnectionSettings settings;

	private final Engine engine;

	private final FileOwnership ownership;

	private final WriterQueue writers = new WriterQueue();

	private final Checkpointer checkpointer;

	private final Set<JdbcConnection> connections = ConcurrentHashMap.newKeySet();

	private int references = 1;

	private Database(ConnectionSettings settings) throws SQLException {
		this.settings = settings;
		this.engine = loadEngine(settings);
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
				run(connection, "PRAGMA journal_mode=WAL");
			}
			run(connection, CHECKPOINT_CACHE);
			return new Checkpointer(connection, this.writers, this.settings.shortName());
		}
		catch (NativeException ex) {
			connection.close();
			throw failureToOpen(ex);
		}
	}

	/**
	 * Opens a connection of SQLite and gives it the driver's defaults.
	 * @param connectionSettings settings of that connection
	 * @return the connection
	 * @throws SQLException if the database cannot be opened
	 */
	NativeConnection openNative(ConnectionSettings connectionSettings) throws SQLException {
		int flags = NativeConnection.OPEN_NOMUTEX | (connectionSettings.isReadOnly() ? NativeConnection.OPEN_READONLY
				: NativeConnection.OPEN_READWRITE | NativeConnection.OPEN_CREATE);
		NativeConnection connection = null;
		try {
			connection = NativeConnection.open(connectionSettings.name(), flags, vfs());
			connection.setBusyTimeout((int) Math.min(connectionSettings.busyTimeout().toMillis(), Integer.MAX_VALUE));
			run(connection, "PRAGMA foreign_keys=" + connectionSettings.hasForeignKeys());
			run(connection, "PRAGMA cache_size=-" + Math.max(1, connectionSettings.cacheBytes() / 1024));
			run(connection, "PRAGMA synchronous=" + connectionSettings.synchronous());
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

	private static void run(NativeConnection connection, String sql) throws NativeException {
		NativeStatement statement = connection.prepare(sql.getBytes(StandardCharsets.UTF_8), 0);
		try {
			statement.execute(new Parameters(), new Rows(), Rows.CAPACITY, 0, connection.nextTicket());
		}
		finally {
			statement.close();
		}
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

	DatabaseStatus status() {
		long cache = 0;
		for (JdbcConnection connection : this.connections) {
			cache += connection.cacheBytes();
		}
		boolean file = this.settings.location() == ConnectionSettings.Location.FILE;
		return new DatabaseStatus(this.settings.shortName(), this.settings.displayName(), file ? sizeOf("") : 0,
				file ? sizeOf("-wal") : 0, cache, this.connections.size(), this.engine.version(),
				this.engine.sqliteVersion());
	}

	private long sizeOf(String suffix) {
		return Path.of(this.settings.name() + suffix).toFile().length();
	}

}
