package io.heliosdb.jdbc;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.logging.Logger;

import javax.sql.DataSource;

/** Connections of a {@link TimeTravel} to one point. */
record AsOfDataSource(TimeTravel timeTravel, long scn) implements DataSource, SelfWrapper {

	@Override
	public Connection getConnection() throws SQLException {
		return this.timeTravel.connect(this.scn);
	}

	/** As {@link #getConnection()}: an embedded database has no users. */
	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return getConnection();
	}

	@Override
	public PrintWriter getLogWriter() {
		return null;
	}

	@Override
	public void setLogWriter(PrintWriter out) throws SQLException {
		throw new SQLFeatureNotSupportedException("HeliosDB logs through System.Logger, not through a log writer");
	}

	@Override
	public void setLoginTimeout(int seconds) throws SQLException {
		throw new SQLFeatureNotSupportedException("An embedded database has no login to wait for");
	}

	@Override
	public int getLoginTimeout() {
		return 0;
	}

	@Override
	public Logger getParentLogger() throws SQLFeatureNotSupportedException {
		throw new SQLFeatureNotSupportedException("HeliosDB logs through System.Logger");
	}

}
