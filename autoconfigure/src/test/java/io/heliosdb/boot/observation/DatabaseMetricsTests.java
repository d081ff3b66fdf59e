package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.heliosdb.boot.observation.DatabaseObservationDocumentation.Meters;
import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.HistoryStatus;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link DatabaseMetrics}. */
class DatabaseMetricsTests {

	private static final Instant NOW = Instant.parse("2026-11-22T10:15:00Z");

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
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(this.registry.getMeters()).filteredOn((meter) -> meter.getId().getName().endsWith(".size"))
			.extracting((meter) -> meter.getId().getBaseUnit())
			.hasSize(4)
			.containsOnly("bytes");
	}

	@Test
	void publishesTheSizeOfTheHistory() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(gauge("heliosdb.history.size").value()).isEqualTo(8192);
	}

	@Test
	void publishesTheAgesOfTheOldestAndTheNewestPoint() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(timeGauge("heliosdb.history.oldest.age").value(TimeUnit.MINUTES)).isEqualTo(60);
		assertThat(timeGauge("heliosdb.history.newest.age").value(TimeUnit.SECONDS)).isEqualTo(30);
	}

	@Test
	void publishesHowManyCommitsAreNotCaptured() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(gauge("heliosdb.history.uncaptured").value()).isEqualTo(3);
	}

	@Test
	void publishesTheCapturesWithTheirTime() {
		bind(DatabaseMetricsTests::statusWithHistory);
		FunctionTimer captures = this.registry.get("heliosdb.history.capture")
			.tag("db.namespace", "geo.db")
			.functionTimer();
		assertThat(captures.count()).isEqualTo(5);
		assertThat(captures.mean(TimeUnit.MILLISECONDS)).isEqualTo(2);
	}

	@Test
	void publishesTheVersionsThatWereStored() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(this.registry.get("heliosdb.history.versions").functionCounter().count()).isEqualTo(77);
	}

	@Test
	void publishesHowManyCapturesFailedInARow() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(gauge("heliosdb.history.capture.failures").value()).isEqualTo(2);
	}

	@Test
	void databaseWithoutHistoryHasNoMetersOfIt() {
		bind(DatabaseMetricsTests::status);
		assertThat(this.registry.getMeters()).extracting((meter) -> meter.getId().getName())
			.containsOnly("heliosdb.database.size", "heliosdb.wal.size", "heliosdb.cache.size");
	}

	@Test
	void everyMeterIsDocumented() {
		bind(DatabaseMetricsTests::statusWithHistory);
		assertThat(this.registry.getMeters()).extracting((meter) -> meter.getId().getName())
			.containsExactlyInAnyOrderElementsOf(Arrays.stream(Meters.values()).map(Meters::getName).toList());
		assertThat(this.registry.getMeters()).allSatisfy((meter) -> {
			Meters documented = Arrays.stream(Meters.values())
				.filter((candidate) -> candidate.getName().equals(meter.getId().getName()))
				.findFirst()
				.orElseThrow();
			assertThat(meter.getId().getType()).isEqualTo(documented.getType());
		});
	}

	@Test
	void aDatabaseThatIsClosedHasNoSize() {
		bind(() -> {
			throw new SQLException("closed");
		});
		assertThat(gauge("heliosdb.database.size").value()).isNaN();
	}

	@Test
	void countersStayWhereTheyAreWhileTheDatabaseIsClosed() {
		AtomicBoolean closed = new AtomicBoolean();
		bind(() -> {
			if (closed.get()) {
				throw new SQLException("closed");
			}
			return statusWithHistory();
		});
		assertThat(this.registry.get("heliosdb.history.versions").functionCounter().count()).isEqualTo(77);
		closed.set(true);
		assertThat(this.registry.get("heliosdb.history.versions").functionCounter().count()).isEqualTo(77);
		assertThat(gauge("heliosdb.history.size").value()).isNaN();
		assertThat(timeGauge("heliosdb.history.oldest.age").value()).isNaN();
	}

	private void bind(DatabaseStatusSupplier database) {
		new DatabaseMetrics(database, "geo.db", Clock.fixed(NOW, ZoneOffset.UTC)).bindTo(this.registry);
	}

	private Gauge gauge(String name) {
		return this.registry.get(name).tag("db.namespace", "geo.db").gauge();
	}

	private TimeGauge timeGauge(String name) {
		return this.registry.get(name).tag("db.namespace", "geo.db").timeGauge();
	}

	private static DatabaseStatus status() {
		return new DatabaseStatus("geo.db", "/data/geo.db", 4096, 512, 1024, 1, "3.0.0", "3.54.1");
	}

	private static DatabaseStatus statusWithHistory() {
		HistoryStatus history = new HistoryStatus(false, 10, NOW.minus(Duration.ofHours(1)), 40,
				NOW.minus(Duration.ofSeconds(30)), 37, 8192, 5, 77, 10_000_000, 2, "the disk is full", 0, null, null,
				4096);
		return new DatabaseStatus("geo.db", "/data/geo.db", 4096, 512, 1024, 1, "3.0.0", "3.54.1", history);
	}

}
