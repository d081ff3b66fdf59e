package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Arrays;
import java.util.Properties;
import java.util.logging.Logger;

/**
 * The JDBC driver for {@code jdbc:heliosdb:<file>}, {@code jdbc:heliosdb::memory:} and
 * {@code jdbc:heliosdb:mem:<name>}, each with the parameters of
 * {@link ConnectionProperty} behind a {@code ?}. {@link DriverManager} finds it by
 * itself.
 */
public final class HeliosDriver implements Driver {

	static final int MAJOR_VERSION = 3;

	static final int MINOR_VERSION = 0;

	static {
		try {
			DriverManager.registerDriver(new HeliosDriver());
		}
		catch (SQLException ex) {
			throw new ExceptionInInitializerError(ex);
		}
	}

	@Override
	public Connection connect(String url, Properties info) throws SQLException {
		if (!acceptsURL(url)) {
			return null;
		}
		return JdbcConnection.open(ConnectionSettings.parse(url, (info != null) ? info : new Properties()), null);
	}

	@Override
	public boolean acceptsURL(String url) throws SQLException {
		if (url == null) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The URL is null");
		}
		return url.startsWith(ConnectionSettings.PREFIX);
	}

	@Override
	public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
		return Arrays.stream(ConnectionProperty.values())
			.map((property) -> property.toInfo((info != null) ? info.getProperty(property.key()) : null))
			.toArray(DriverPropertyInfo[]::new);
	}

	@Override
	public int getMajorVersion() {
		return MAJOR_VERSION;
	}

	@Override
	public int getMinorVersion() {
		return MINOR_VERSION;
	}

	/** Stored procedures and other notions that JDBC requires are not SQLite's. */
	@Override
	public boolean jdbcCompliant() {
		return false;
	}

	@Override
	public Logger getParentLogger() throws SQLFeatureNotSupportedException {
		throw new SQLFeatureNotSupportedException("HeliosDB logs through System.Logger");
	}

}
