package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

import io.heliosdb.boot.observation.DatabaseStatusSupplier;
import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.EncryptionStatus;
import io.heliosdb.jdbc.HistoryStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/**
 * Tells where the database is, how large it is, in bytes, which versions run it, and how
 * its history is. Touches no table: Boot's own indicator {@code db} executes a query.
 */
final class HeliosDbHealthIndicator extends AbstractHealthIndicator {

	/**
	 * The present works, the past does not. Boot leaves a status that it does not know
	 * out of the application's, so that nobody restarts it for this.
	 */
	static final Status DEGRADED = new Status("DEGRADED", "History cannot be kept or read");

	private final DatabaseStatusSupplier database;

	HeliosDbHealthIndicator(DatabaseStatusSupplier database) {
		super("HeliosDB health check failed");
		this.database = database;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws SQLException {
		DatabaseStatus status = this.database.getDatabaseStatus();
		HistoryStatus history = status.history();
		builder.status((history != null && history.failed()) ? DEGRADED : Status.UP)
			.withDetail("path", status.path())
			.withDetail("size", status.databaseBytes())
			.withDetail("walSize", status.walBytes())
			.withDetail("engineVersion", status.engineVersion())
			.withDetail("sqliteVersion", status.sqliteVersion())
			.withDetail("encryption", encryption(status.encryption()))
			.withDetail("history", (history != null) ? details(history) : Map.of("state", "off"));
	}

	private static Map<String, Object> encryption(@Nullable EncryptionStatus encryption) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("encrypted", encryption != null);
		if (encryption != null) {
			details.put("cipher", encryption.cipher());
			details.put("keyDerivation", encryption.keyDerivation());
		}
		return details;
	}

	private static Map<String, Object> details(HistoryStatus history) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("state", history.failed() ? "failed" : "on");
		details.put("size", history.bytes());
		point(details, "oldest", history.oldestScn(), history.oldestAt());
		point(details, "newest", history.newestScn(), history.newestAt());
		if (history.failures() > 0) {
			details.put("failures", history.failures());
		}
		if (history.failed() && history.lastFailure() != null) {
			details.put("lastFailure", history.lastFailure());
		}
		if (history.gapReason() != null) {
			point(details, "gap", history.gapScn(), history.gapAt());
			details.put("gapReason", history.gapReason());
		}
		return details;
	}

	private static void point(Map<String, Object> details, String name, long scn, @Nullable Object time) {
		if (time != null) {
			details.put(name + "Scn", scn);
			details.put(name + "At", time);
		}
	}

}
