package io.heliosdb.boot.autoconfigure;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import javax.sql.DataSource;

import io.heliosdb.jdbc.HeliosConnection;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.autoconfigure.ApplicationDataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.autoconfigure.init.SqlInitializationProperties;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Runs {@code schema.sql} and {@code data.sql} where Boot does so for an H2 in memory: on
 * a database that is empty. As this database outlives the application, that is the first
 * start; and as a script that fails must not leave a database that the next start takes
 * for a complete one, all of them run in one transaction.
 */
final class HeliosDbScriptDatabaseInitializer extends ApplicationDataSourceScriptDatabaseInitializer {

	private static final Log logger = LogFactory.getLog(HeliosDbScriptDatabaseInitializer.class);

	private final DatabaseInitializationMode mode;

	private @Nullable Boolean empty;

	HeliosDbScriptDatabaseInitializer(DataSource dataSource, SqlInitializationProperties properties) {
		super(dataSource, properties);
		this.mode = properties.getMode();
	}

	@Override
	public boolean initializeDatabase() {
		if (this.mode != DatabaseInitializationMode.EMBEDDED) {
			return super.initializeDatabase();
		}
		this.empty = null;
		TransactionTemplate transaction = new TransactionTemplate(new JdbcTransactionManager(getDataSource()));
		return Boolean.TRUE.equals(transaction.execute((status) -> super.initializeDatabase()));
	}

	/** Asked before the schema and before the data; the first answer holds for both. */
	@Override
	protected boolean isEmbeddedDatabase() {
		Boolean empty = this.empty;
		if (empty == null) {
			empty = new JdbcTemplate(getDataSource()).execute(this::isEmpty);
			this.empty = empty;
		}
		return Boolean.TRUE.equals(empty);
	}

	private boolean isEmpty(Connection connection) throws SQLException {
		if (!connection.isWrapperFor(HeliosConnection.class)) {
			return super.isEmbeddedDatabase();
		}
		try (Statement statement = connection.createStatement();
				ResultSet tables = statement.executeQuery("SELECT 1 FROM sqlite_schema LIMIT 1")) {
			boolean empty = !tables.next();
			if (!empty) {
				logger.info("Scripts were not run, as the database is not empty; "
						+ "spring.sql.init.mode=always runs them at every start");
			}
			return empty;
		}
	}

}
