package io.heliosdb.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ConnectionBuilder;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.ShardingKeyBuilder;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Logger;

import javax.sql.DataSource;

/**
 * Connections to one database, unpooled: put a pool such as HikariCP in front of it. From
 * its first connection until it is closed it keeps the database open, so that a shared
 * memory database lives on while no connection is open. Safe for use by many threads.
 */
public final class HeliosDataSource implements DataSource, AutoCloseable, SelfWrapper {

	private final ConnectionSettings settings;

	private final QueryListener listener;

	private final List<ConnectionInitializer> initializers = new CopyOnWriteArrayList<>();

	private Database database;

	private volatile int loginTimeoutSeconds;

	/**
	 * Connections by URL.
	 * @param url a {@code jdbc:heliosdb:} URL
	 * @throws SQLException if the URL or one of its parameters is not valid
	 */
	public HeliosDataSource(String url) throws SQLException {
		this(url, new Properties(), null);
	}

	/**
	 * Connections by URL and properties, observed by a listener.
	 * @param url a {@code jdbc:heliosdb:} URL
	 * @param properties further connection parameters, see {@link ConnectionProperty}
	 * @param listener hears of every statement, {@code null} for none
	 * @throws SQLException if the URL or one of the parameters is not valid
	 */
	public HeliosDataSource(String url, Properties properties, QueryListener listener) throws SQLException {
		this(url, properties, null, listener);
	}

	/**
	 * Connections to an encrypted database, whose key is neither in the URL nor in the
	 * properties.
	 * @param url a {@code jdbc:heliosdb:} URL
	 * @param properties further connection parameters, see {@link ConnectionProperty}
	 * @param keys provides the key, {@code null} if a parameter does or there is none
	 * @param listener hears of every statement, {@code null} for none
	 * @throws SQLException if the URL or one of the parameters is not valid
	 */
	public HeliosDataSource(String url, Properties properties, EncryptionKeyProvider keys, QueryListener listener)
			throws SQLException {
		this.settings = ConnectionSettings.parse(url, properties, keys);
		this.listener = listener;
	}

	@Override
	public Connection getConnection() throws SQLException {
		synchronized (this) {
			if (this.database == null) {
				this.database = Database.acquire(this.settings);
			}
		}
		JdbcConnection connection = JdbcConnection.open(this.settings, this.listener);
		boolean initialized = false;
		try {
			for (ConnectionInitializer initializer : this.initializers) {
				initializer.initialize(connection);
			}
			initialized = true;
			return connection;
		}
		finally {
			if (!initialized) {
				connection.close();
			}
		}
	}

	/**
	 * Has each connection that is opened from now on prepared, such as by registering
	 * functions in Java. Several initializers are called in this order.
	 * @param initializer what prepares it
	 */
	public void addInitializer(ConnectionInitializer initializer) {
		this.initializers.add(Objects.requireNonNull(initializer, "initializer"));
	}

	/** As {@link #getConnection()}: an embedded database has no users. */
	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	/**
	 * The database's path, sizes and versions at this moment. Opens the database if it is
	 * not open yet.
	 * @return the status
	 * @throws SQLException if the database cannot be opened
	 */
	public synchronized DatabaseStatus getDatabaseStatus() throws SQLException {
		if (this.database == null) {
			this.database = Database.acquire(this.settings);
		}
		return this.database.status();
	}

	/**
	 * Lets go of the database. It closes when its last connection does; connections that
	 * are open stay usable.
	 */
	@Override
	public synchronized void close() throws SQLException {
		if (this.database != null) {
			Database held = this.database;
			this.database = null;
			held.release();
		}
	}

	@Override
	public ConnectionBuilder createConnectionBuilder() throws SQLException {
		throw Unsupported.feature("A connection builder, which is for sharding and users,");
	}

	@Override
	public ShardingKeyBuilder createShardingKeyBuilder() throws SQLException {
		throw Unsupported.sharding();
	}

	@Override
	public PrintWriter getLogWriter() {
		return null;
	}

	@Override
	public void setLogWriter(PrintWriter out) throws SQLException {
		throw new SQLFeatureNotSupportedException("HeliosDB logs through System.Logger, not through a log writer");
	}

	/**
	 * Kept for pools that ask for it again: an embedded database has no login to wait
	 * for.
	 */
	@Override
	public void setLoginTimeout(int seconds) {
		this.loginTimeoutSeconds = seconds;
	}

	@Override
	public int getLoginTimeout() {
		return this.loginTimeoutSeconds;
	}

	@Override
	public Logger getParentLogger() throws SQLFeatureNotSupportedException {
		throw new SQLFeatureNotSupportedException("HeliosDB logs through System.Logger");
	}

	@Override
	public String toString() {
		return "HeliosDataSource[" + this.settings.displayName() + "]";
	}

}
