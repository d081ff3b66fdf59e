package io.heliosdb.boot.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * Every name that HeliosDB's observations and meters have. Observations follow version
 * 1.44 of OpenTelemetry's
 * <a href="https://opentelemetry.io/docs/specs/semconv/database/">semantic conventions
 * for databases</a>; meters for sizes, which those do not know, start with
 * {@code heliosdb}.
 */
public enum DatabaseObservationDocumentation implements ObservationDocumentation {

	/**
	 * One execution of a statement, until its result or its first rows are there. A JDBC
	 * batch is one execution. Its name is {@link #QUERY_NAME} unless a convention gives
	 * it another.
	 */
	QUERY {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultQueryObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return QueryKeyNames.values();
		}

	};

	/** The unit of times depends on the registry. */
	private static final String TIME = "";

	/** Name of the observation of a query, and so of its timer. */
	public static final String QUERY_NAME = "db.client.operation.duration";

	/** What tells one kind of query from another. */
	public enum QueryKeyNames implements KeyName {

		/** The product: {@code heliosdb}. */
		DB_SYSTEM_NAME {

			@Override
			public String asString() {
				return "db.system.name";
			}

		},

		/** The database: its file's name without the folder. */
		DB_NAMESPACE {

			@Override
			public String asString() {
				return "db.namespace";
			}

		},

		/** The statement's keyword in upper case, such as {@code SELECT}. */
		DB_OPERATION_NAME {

			@Override
			public String asString() {
				return "db.operation.name";
			}

		},

		/** The SQLState of a query that failed, {@code none} otherwise. */
		DB_RESPONSE_STATUS_CODE {

			@Override
			public String asString() {
				return "db.response.status_code";
			}

		},

		/**
		 * The full class name of the exception of a query that failed, {@code none}
		 * otherwise.
		 */
		ERROR_TYPE {

			@Override
			public String asString() {
				return "error.type";
			}

		}

	}

	/**
	 * Meters of the database, each with the tag {@code db.namespace}. Those of the
	 * history are there if the database keeps one.
	 */
	public enum Meters implements MeterDocumentation {

		/** Size of the database file in bytes. */
		DATABASE_SIZE("heliosdb.database.size", Meter.Type.GAUGE, BaseUnits.BYTES),

		/** Size of the write-ahead log in bytes. */
		WAL_SIZE("heliosdb.wal.size", Meter.Type.GAUGE, BaseUnits.BYTES),

		/** Memory held by the page caches of all connections, in bytes. */
		CACHE_SIZE("heliosdb.cache.size", Meter.Type.GAUGE, BaseUnits.BYTES),

		/** Size of all files of the history in bytes. */
		HISTORY_SIZE("heliosdb.history.size", Meter.Type.GAUGE, BaseUnits.BYTES),

		/** How long ago the oldest point is that can be read. */
		HISTORY_OLDEST_AGE("heliosdb.history.oldest.age", Meter.Type.GAUGE, TIME),

		/** How long ago the newest commit was. */
		HISTORY_NEWEST_AGE("heliosdb.history.newest.age", Meter.Type.GAUGE, TIME),

		/**
		 * Commits that are in the write-ahead log and not in the history files yet.
		 */
		HISTORY_UNCAPTURED("heliosdb.history.uncaptured", Meter.Type.GAUGE, "commits"),

		/** Captures, with the time that they took. */
		HISTORY_CAPTURE("heliosdb.history.capture", Meter.Type.TIMER, TIME),

		/** Page versions that captures stored. */
		HISTORY_VERSIONS("heliosdb.history.versions", Meter.Type.COUNTER, "versions"),

		/** Captures that failed since the last one that worked. */
		HISTORY_CAPTURE_FAILURES("heliosdb.history.capture.failures", Meter.Type.GAUGE, "failures");

		private final String meterName;

		private final Meter.Type type;

		private final String baseUnit;

		Meters(String meterName, Meter.Type type, String baseUnit) {
			this.meterName = meterName;
			this.type = type;
			this.baseUnit = baseUnit;
		}

		@Override
		public String getName() {
			return this.meterName;
		}

		@Override
		public String getBaseUnit() {
			return this.baseUnit;
		}

		@Override
		public Meter.Type getType() {
			return this.type;
		}

		@Override
		public KeyName[] getKeyNames() {
			return new KeyName[] { QueryKeyNames.DB_NAMESPACE };
		}

	}

}
