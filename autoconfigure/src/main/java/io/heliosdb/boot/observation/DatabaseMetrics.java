package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.heliosdb.boot.observation.DatabaseObservationDocumentation.Meters;
import io.heliosdb.boot.observation.DatabaseObservationDocumentation.QueryKeyNames;
import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.HistoryStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

/**
 * Meters for the sizes of a database and, if it keeps one, for its history, named in
 * {@link DatabaseObservationDocumentation.Meters}. A gauge of a closed database is not a
 * number.
 */
public final class DatabaseMetrics implements MeterBinder {

	private final DatabaseStatusSupplier database;

	private final String namespace;

	private final Clock clock;

	/** What counters go on with while the database is closed. */
	private volatile @Nullable HistoryStatus lastHistory;

	/**
	 * Creates the meters of a database.
	 * @param database where to ask for the values
	 * @param namespace the database's name, value of the tag {@code db.namespace}
	 */
	public DatabaseMetrics(DatabaseStatusSupplier database, String namespace) {
		this(database, namespace, Clock.systemUTC());
	}

	DatabaseMetrics(DatabaseStatusSupplier database, String namespace, Clock clock) {
		this.database = database;
		this.namespace = namespace;
		this.clock = clock;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge(registry, Meters.DATABASE_SIZE, "Size of the database file", size(DatabaseStatus::databaseBytes));
		gauge(registry, Meters.WAL_SIZE, "Size of the write-ahead log", size(DatabaseStatus::walBytes));
		gauge(registry, Meters.CACHE_SIZE, "Memory held by page caches", size(DatabaseStatus::cacheBytes));
		if (history() != null) {
			bindHistory(registry);
		}
	}

	private void bindHistory(MeterRegistry registry) {
		gauge(registry, Meters.HISTORY_SIZE, "Size of the history", history(HistoryStatus::bytes));
		age(registry, Meters.HISTORY_OLDEST_AGE, "Time since the oldest point of the history", HistoryStatus::oldestAt);
		age(registry, Meters.HISTORY_NEWEST_AGE, "Time since the newest commit", HistoryStatus::newestAt);
		gauge(registry, Meters.HISTORY_UNCAPTURED, "Commits that are not in the history files yet",
				history((history) -> history.newestScn() - history.capturedScn()));
		gauge(registry, Meters.HISTORY_CAPTURE_FAILURES, "Captures that failed since the last one that worked",
				history(HistoryStatus::failures));
		FunctionTimer
			.builder(Meters.HISTORY_CAPTURE.getName(), this, (metrics) -> metrics.total(HistoryStatus::captures),
					(metrics) -> metrics.total(HistoryStatus::captureNanos), TimeUnit.NANOSECONDS)
			.description("Captures of commits into the history")
			.tag(QueryKeyNames.DB_NAMESPACE.asString(), this.namespace)
			.register(registry);
		FunctionCounter
			.builder(Meters.HISTORY_VERSIONS.getName(), this, (metrics) -> metrics.total(HistoryStatus::versions))
			.description("Page versions stored in the history")
			.baseUnit(Meters.HISTORY_VERSIONS.getBaseUnit())
			.tag(QueryKeyNames.DB_NAMESPACE.asString(), this.namespace)
			.register(registry);
	}

	private void gauge(MeterRegistry registry, Meters meter, String description, Supplier<Number> value) {
		Gauge.builder(meter.getName(), value)
			.description(description)
			.baseUnit(meter.getBaseUnit())
			.tag(QueryKeyNames.DB_NAMESPACE.asString(), this.namespace)
			.register(registry);
	}

	private void age(MeterRegistry registry, Meters meter, String description,
			Function<HistoryStatus, @Nullable Instant> time) {
		TimeGauge.builder(meter.getName(), this, TimeUnit.MILLISECONDS, (metrics) -> metrics.age(time))
			.description(description)
			.tag(QueryKeyNames.DB_NAMESPACE.asString(), this.namespace)
			.register(registry);
	}

	private Supplier<Number> size(ToLongFunction<DatabaseStatus> value) {
		return () -> {
			DatabaseStatus status = status();
			return (status != null) ? value.applyAsLong(status) : Double.NaN;
		};
	}

	private Supplier<Number> history(ToLongFunction<HistoryStatus> value) {
		return () -> {
			HistoryStatus history = history();
			return (history != null) ? value.applyAsLong(history) : Double.NaN;
		};
	}

	private double age(Function<HistoryStatus, @Nullable Instant> time) {
		HistoryStatus history = history();
		Instant instant = (history != null) ? time.apply(history) : null;
		return (instant != null) ? Duration.between(instant, this.clock.instant()).toMillis() : Double.NaN;
	}

	/** Never falls, and is never not a number, which a step registry would keep. */
	private long total(ToLongFunction<HistoryStatus> value) {
		HistoryStatus history = history();
		if (history == null) {
			history = this.lastHistory;
		}
		this.lastHistory = history;
		return (history != null) ? value.applyAsLong(history) : 0;
	}

	private @Nullable HistoryStatus history() {
		DatabaseStatus status = status();
		return (status != null) ? status.history() : null;
	}

	private @Nullable DatabaseStatus status() {
		try {
			return this.database.getDatabaseStatus();
		}
		catch (SQLException ex) {
			return null;
		}
	}

}
