package io.heliosdb.boot.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
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

	/** Gauges, each with the tag {@code db.namespace}. */
	public enum Meters implements MeterDocumentation {

		/** Size of the database file in bytes. */
		DATABASE_SIZE {

			@Override
			public String getName() {
				return "heliosdb.database.size";
			}

		},

		/** Size of the write-ahead log in bytes. */
		WAL_SIZE {

			@Override
			public String getName() {
				return "heliosdb.wal.size";
			}

		},

		/** Memory held by the page caches of all connections, in bytes. */
		CACHE_SIZE {

			@Override
			public String getName() {
				return "heliosdb.cache.size";
			}

		};

		@Override
		public String getBaseUnit() {
			return "bytes";
		}

		@Override
		public Meter.Type getType() {
			return Meter.Type.GAUGE;
		}

		@Override
		public KeyName[] getKeyNames() {
			return new KeyName[] { QueryKeyNames.DB_NAMESPACE };
		}

	}

}
