package io.heliosdb.boot.observation;

import java.sql.SQLException;

import io.heliosdb.jdbc.DatabaseStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link DatabaseMetrics}. */
class DatabaseMetricsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	@Test
	void publishesTheSizeOfTheDatabase() {
		bind(DatabaseMetricsTests::status);
		assertThat(gauge("heliosdb.database.size").value()).isEqualTo(4096);
	}

	@Test
	void publishesTheSizeOfTheWriteAheadLog() {
		bind(DatabaseMetricsTests::status);
		assertThat(gauge("heliosdb.wal.size").value()).isEqualTo(512);
	}

	@Test
	void publishesTheSizeOfThePageCaches() {
		bind(DatabaseMetricsTests::status);
		assertThat(gauge("heliosdb.cache.size").value()).isEqualTo(1024);
	}

	@Test
	void sizesAreInBytes() {
		bind(DatabaseMetricsTests::status);
		assertThat(this.registry.getMeters()).extracting((meter) -> meter.getId().getBaseUnit()).containsOnly("bytes");
	}

	@Test
	void aDatabaseThatIsClosedHasNoSize() {
		bind(() -> {
			throw new SQLException("closed");
		});
		assertThat(gauge("heliosdb.database.size").value()).isNaN();
	}

	private void bind(DatabaseStatusSupplier database) {
		new DatabaseMetrics(database, "geo.db").bindTo(this.registry);
	}

	private Gauge gauge(String name) {
		return this.registry.get(name).tag("db.namespace", "geo.db").gauge();
	}

	private static DatabaseStatus status() {
		return new DatabaseStatus("geo.db", "/data/geo.db", 4096, 512, 1024, 1, "3.0.0", "3.54.1");
	}

}
