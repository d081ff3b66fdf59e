package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.util.function.ToLongFunction;

import io.heliosdb.boot.observation.DatabaseObservationDocumentation.Meters;
import io.heliosdb.boot.observation.DatabaseObservationDocumentation.QueryKeyNames;
import io.heliosdb.jdbc.DatabaseStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges for the sizes of a database, named in
 * {@link DatabaseObservationDocumentation.Meters}. A gauge of a closed database is not a
 * number.
 */
public final class DatabaseMetrics implements MeterBinder {

	private final DatabaseStatusSupplier database;

	private final String namespace;

	/**
	 * Creates the gauges of a database.
	 * @param database where to ask for the sizes
	 * @param namespace the database's name, value of the tag {@code db.namespace}
	 */
	public DatabaseMetrics(DatabaseStatusSupplier database, String namespace) {
		this.database = database;
		this.namespace = namespace;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		bind(registry, Meters.DATABASE_SIZE, "Size of the database file", DatabaseStatus::databaseBytes);
		bind(registry, Meters.WAL_SIZE, "Size of the write-ahead log", DatabaseStatus::walBytes);
		bind(registry, Meters.CACHE_SIZE, "Memory held by page caches", DatabaseStatus::cacheBytes);
	}

	private void bind(MeterRegistry registry, Meters meter, String description, ToLongFunction<DatabaseStatus> value) {
		Gauge.builder(meter.getName(), () -> read(value))
			.description(description)
			.baseUnit(meter.getBaseUnit())
			.tag(QueryKeyNames.DB_NAMESPACE.asString(), this.namespace)
			.register(registry);
	}

	private double read(ToLongFunction<DatabaseStatus> value) {
		try {
			return value.applyAsLong(this.database.getDatabaseStatus());
		}
		catch (SQLException ex) {
			return Double.NaN;
		}
	}

}
