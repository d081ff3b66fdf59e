package io.heliosdb.boot.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.boot.observation.DatabaseStatusSupplier;
import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.HeliosConnection;
import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.QueryListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.core.log.LogMessage;

/**
 * The application's database, open from start-up, so that one that cannot be opened stops
 * the application there, until the pool in front of it has closed. Not a
 * {@link DataSource} itself: Boot builds none if there is one.
 */
final class HeliosDatabase implements DatabaseStatusSupplier, AutoCloseable {

	private static final Log logger = LogFactory.getLog(HeliosDatabase.class);

	private final HeliosDataSource dataSource;

	private final String name;

	private volatile boolean open;

	private HeliosDatabase(HeliosDataSource dataSource, String name) {
		this.dataSource = dataSource;
		this.name = name;
		this.open = true;
	}

	static HeliosDatabase open(HeliosDbConnectionDetails connectionDetails, @Nullable QueryListener listener)
			throws SQLException {
		HeliosDataSource dataSource = connectionDetails.createDataSource(listener);
		DatabaseStatus status = status(dataSource);
		logger.info(LogMessage.format("HeliosDB %s (SQLite %s) opened %s", status.engineVersion(),
				status.sqliteVersion(), status.path()));
		return new HeliosDatabase(dataSource, status.name());
	}

	/** Through a connection, which shows that one can be opened with these parameters. */
	private static DatabaseStatus status(HeliosDataSource dataSource) throws SQLException {
		try (Connection connection = dataSource.getConnection()) {
			return connection.unwrap(HeliosConnection.class).getDatabaseStatus();
		}
	}

	DataSource getDataSource() {
		return this.dataSource;
	}

	/** The database's name, as queries name it: its file's name without the folder. */
	String getName() {
		return this.name;
	}

	@Override
	public DatabaseStatus getDatabaseStatus() throws SQLException {
		if (!this.open) {
			throw new SQLException("The database " + this.name + " is closed", "08003");
		}
		return this.dataSource.getDatabaseStatus();
	}

	boolean isOpen() {
		return this.open;
	}

	/** Has the next connection open the database again. */
	void reopen() {
		this.open = true;
	}

	@Override
	public void close() throws SQLException {
		this.open = false;
		this.dataSource.close();
	}

}
