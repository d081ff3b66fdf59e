package io.heliosdb.boot.flyway;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;

import io.heliosdb.jdbc.HeliosConnection;
import io.heliosdb.jdbc.HeliosDriver;
import org.flywaydb.core.api.configuration.Configuration;
import org.flywaydb.core.internal.database.sqlite.SQLiteDatabaseType;
import org.flywaydb.core.internal.exception.FlywaySqlException;
import org.flywaydb.core.internal.jdbc.JdbcConnectionFactory;
import org.flywaydb.core.internal.jdbc.StatementInterceptor;

/**
 * Tells Flyway that a {@code jdbc:heliosdb:} URL belongs to HeliosDB, whose migrations
 * are parsed as SQLite's. Flyway finds it as a service.
 */
public final class HeliosDbDatabaseType extends SQLiteDatabaseType {

	private static final List<Pattern> SECRETS = List
		.of(Pattern.compile("[?&](?:key|passphrase)=([^&]*)", Pattern.CASE_INSENSITIVE));

	@Override
	public String getName() {
		return "HeliosDB";
	}

	/** Asked before Flyway's own type for SQLite, whose product name HeliosDB has. */
	@Override
	public int getPriority() {
		return 1;
	}

	@Override
	public boolean handlesJDBCUrl(String url) {
		return url.startsWith("jdbc:heliosdb:");
	}

	@Override
	public List<Pattern> getJDBCCredentialsPatterns() {
		return SECRETS;
	}

	@Override
	public String getDriverClass(String url, ClassLoader classLoader) {
		return HeliosDriver.class.getName();
	}

	@Override
	public boolean handlesDatabaseProductNameAndVersion(String productName, String productVersion,
			Connection connection) {
		try {
			return connection.isWrapperFor(HeliosConnection.class);
		}
		catch (SQLException ex) {
			throw new FlywaySqlException("Unable to tell what database a connection leads to", ex);
		}
	}

	@Override
	public HeliosDbDatabase createDatabase(Configuration configuration, JdbcConnectionFactory connectionFactory,
			StatementInterceptor interceptor) {
		return new HeliosDbDatabase(configuration, connectionFactory, interceptor);
	}

}
