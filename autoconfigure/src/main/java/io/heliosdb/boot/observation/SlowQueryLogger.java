package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Logs each query that takes at least as long as a threshold, at level {@code WARN} and
 * in one line: duration, database and SQL text, without parameter values.
 */
public final class SlowQueryLogger implements QueryListener {

	/** Name of the logger that slow queries are logged to. */
	public static final String LOGGER_NAME = "io.heliosdb.slow-query";

	private static final Log logger = LogFactory.getLog(LOGGER_NAME);

	private static final Pattern WHITESPACE = Pattern.compile("\\s+");

	private final long thresholdNanos;

	/**
	 * Creates a logger.
	 * @param threshold how long a query has to take to be logged
	 */
	public SlowQueryLogger(Duration threshold) {
		this.thresholdNanos = threshold.toNanos();
	}

	@Override
	public boolean isListening() {
		return logger.isWarnEnabled();
	}

	@Override
	public @Nullable Object queryStarted(Query query) {
		return null;
	}

	@Override
	public void queryFinished(Query query, @Nullable Object context, long durationNanos,
			@Nullable SQLException failure) {
		if (durationNanos >= this.thresholdNanos) {
			logger.warn("%s %d ms on %s: %s".formatted((failure != null) ? "Failed after" : "Took",
					TimeUnit.NANOSECONDS.toMillis(durationNanos), query.database(),
					WHITESPACE.matcher(query.sql()).replaceAll(" ").strip()));
		}
	}

}
