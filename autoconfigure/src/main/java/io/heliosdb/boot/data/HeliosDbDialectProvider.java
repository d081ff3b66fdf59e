package io.heliosdb.boot.data;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

import io.heliosdb.jdbc.HeliosConnection;

import org.springframework.data.jdbc.core.dialect.DialectResolver;
import org.springframework.data.relational.core.dialect.Dialect;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcOperations;

/**
 * Finds {@link HeliosDbDialect} for connections of HeliosDB. Spring Data JDBC reads this
 * class from {@code spring.factories}.
 */
public final class HeliosDbDialectProvider implements DialectResolver.JdbcDialectProvider {

	@Override
	public Optional<Dialect> getDialect(JdbcOperations operations) {
		boolean known = Boolean.TRUE
			.equals(operations.execute((ConnectionCallback<Boolean>) HeliosDbDialectProvider::isHeliosDb));
		return known ? Optional.of(HeliosDbDialect.INSTANCE) : Optional.empty();
	}

	private static Boolean isHeliosDb(Connection connection) throws SQLException {
		return connection.isWrapperFor(HeliosConnection.class);
	}

}
