package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;

import io.heliosdb.boot.observation.DatabaseStatusSupplier;
import io.heliosdb.jdbc.DatabaseStatus;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells where the database is, how large it is, in bytes, and which versions run it.
 * Executes no query: Boot's own indicator {@code db} does.
 */
final class HeliosDbHealthIndicator extends AbstractHealthIndicator {

	private final DatabaseStatusSupplier database;

	HeliosDbHealthIndicator(DatabaseStatusSupplier database) {
		super("HeliosDB health check failed");
		this.database = database;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws SQLException {
		DatabaseStatus status = this.database.getDatabaseStatus();
		builder.up()
			.withDetail("path", status.path())
			.withDetail("size", status.databaseBytes())
			.withDetail("walSize", status.walBytes())
			.withDetail("engineVersion", status.engineVersion())
			.withDetail("sqliteVersion", status.sqliteVersion());
	}

}
