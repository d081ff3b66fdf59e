package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.heliosdb.boot.observation.DatabaseMetrics;
import io.heliosdb.boot.observation.DefaultQueryObservationConvention;
import io.heliosdb.boot.observation.ObservationQueryListener;
import io.heliosdb.boot.observation.QueryObservationContext;
import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import net.ttddyy.observation.boot.autoconfigure.DataSourceObservationAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.metrics.DataSourcePoolMetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HeliosDbObservationAutoConfiguration}. */
@ExtendWith(OutputCaptureExtension.class)
class HeliosDbObservationAutoConfigurationTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner plainRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbObservationAutoConfiguration.class,
					DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class));

	private final ApplicationContextRunner runner = this.plainRunner
		.withConfiguration(AutoConfigurations.of(CompositeMeterRegistryAutoConfiguration.class,
				MetricsAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class,
				ObservationAutoConfiguration.class, DataSourcePoolMetricsAutoConfiguration.class));

	@Test
	void queriesAreTimed() {
		withFile(this.runner).run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
			Timer timer = context.getBean(MeterRegistry.class)
				.get("db.client.operation.duration")
				.tags("db.system.name", "heliosdb", "db.namespace", "app.db", "db.operation.name", "SELECT",
						"error.type", "none")
				.timer();
			assertThat(timer.count()).isOne();
			assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isPositive();
		});
	}

	@Test
	void failuresAreTimedUnderTheirSqlState() {
		withFile(this.runner).run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE city (name TEXT PRIMARY KEY)");
			jdbc.update("INSERT INTO city VALUES ('Oslo')");
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> jdbc.update("INSERT INTO city VALUES ('Oslo')"));
			Timer timer = context.getBean(MeterRegistry.class)
				.get("db.client.operation.duration")
				.tags("db.operation.name", "INSERT", "db.response.status_code", "23505", "error.type",
						"java.sql.SQLIntegrityConstraintViolationException")
				.timer();
			assertThat(timer.count()).isOne();
		});
	}

	@Test
	void sizesArePublished() {
		withFile(this.runner).run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE city (name TEXT)");
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("heliosdb.database.size").tag("db.namespace", "app.db").gauge().value()
					+ registry.get("heliosdb.wal.size").tag("db.namespace", "app.db").gauge().value())
				.isPositive();
			assertThat(registry.get("heliosdb.cache.size").tag("db.namespace", "app.db").gauge().value()).isPositive();
		});
	}

	@Test
	void historyIsPublished() {
		withFile(this.runner).run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE city (name TEXT)");
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("heliosdb.history.uncaptured").tag("db.namespace", "app.db").gauge().value())
				.isNotNegative();
			assertThat(registry.get("heliosdb.history.oldest.age").tag("db.namespace", "app.db").timeGauge().value())
				.isNotNegative();
			assertThat(registry.get("heliosdb.history.capture.failures").gauge().value()).isZero();
		});
	}

	@Test
	void bootsOwnMetricsOfThePoolStay() {
		withFile(this.runner).run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
			assertThat(context.getBean(MeterRegistry.class).get("hikaricp.connections").gauge().value()).isPositive();
		});
	}

	@Test
	void aConventionOfTheUserReplacesOurs() {
		withFile(this.runner).withBean(UserConvention.class).run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
			assertThat(context.getBean(MeterRegistry.class).get("my.query").tag("tier", "gold").timer().count())
				.isOne();
		});
	}

	@Test
	void aListenerOfTheUserHearsEachQuery() {
		withFile(this.plainRunner).withBean(UserListener.class).run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT 42", Integer.class);
			assertThat(context.getBean(UserListener.class).queries).contains("SELECT 42");
		});
	}

	@Test
	void slowQueriesAreLogged(CapturedOutput output) {
		withFile(this.runner).withPropertyValues("heliosdb.metrics.slow-query-threshold=0ms").run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT ? + 1", Integer.class, 4711);
			assertThat(output).contains("io.heliosdb.slow-query").contains("on app.db: SELECT ? + 1");
			assertThat(output).doesNotContain("4711");
		});
	}

	@Test
	void slowQueriesAreLoggedWithoutMicrometer(CapturedOutput output) {
		withFile(this.plainRunner).withClassLoader(new FilteredClassLoader("io.micrometer"))
			.withPropertyValues("heliosdb.metrics.slow-query-threshold=0ms")
			.run((context) -> {
				context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
				assertThat(output).contains("on app.db: SELECT 1");
			});
	}

	@Test
	void slowQueriesAreNotLoggedByDefault(CapturedOutput output) {
		withFile(this.runner).run((context) -> {
			context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
			assertThat(output).doesNotContain("io.heliosdb.slow-query");
		});
	}

	@Test
	void nobodyListensWithoutMicrometer() {
		withFile(this.plainRunner).withClassLoader(new FilteredClassLoader("io.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(HeliosDatabase.class)
				.doesNotHaveBean(QueryListener.class));
	}

	@Test
	void backsOffWhenDisabled() {
		withFile(this.runner).withPropertyValues("heliosdb.metrics.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ObservationQueryListener.class)
				.doesNotHaveBean(DatabaseMetrics.class));
	}

	@Test
	void backsOffForAnotherDatabase() {
		withFile(this.runner).withPropertyValues("spring.datasource.url=jdbc:h2:mem:observation")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ObservationQueryListener.class)
				.doesNotHaveBean(DatabaseMetrics.class));
	}

	@Test
	void backsOffWithoutRegistries() {
		withFile(this.plainRunner).run((context) -> assertThat(context).hasNotFailed()
			.doesNotHaveBean(ObservationQueryListener.class)
			.doesNotHaveBean(DatabaseMetrics.class));
	}

	@Test
	void leavesQueriesToDatasourceMicrometer() {
		withFile(this.runner).withConfiguration(AutoConfigurations.of(DataSourceObservationAutoConfiguration.class))
			.withBean(Tracer.class, () -> Tracer.NOOP)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(ObservationQueryListener.class)
					.hasSingleBean(DatabaseMetrics.class);
				context.getBean(JdbcTemplate.class).queryForObject("SELECT 1", Integer.class);
				assertThat(context.getBean(MeterRegistry.class).find("jdbc.query").timer()).isNotNull();
				assertThat(context.getBean(MeterRegistry.class).find("db.client.operation.duration").timer()).isNull();
			});
	}

	@Test
	void observesQueriesWhenDatasourceMicrometerIsDisabled() {
		withFile(this.runner).withConfiguration(AutoConfigurations.of(DataSourceObservationAutoConfiguration.class))
			.withPropertyValues("jdbc.datasource-proxy.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(ObservationQueryListener.class));
	}

	@Test
	void metersOfAClosedDatabaseDoNotOpenIt() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		withFile(this.plainRunner).withBean(MeterRegistry.class, () -> registry).run((context) -> {
			context.getBean(DatabaseMetrics.class).bindTo(registry);
			context.close();
			assertThat(registry.get("heliosdb.database.size").gauge().value()).isNaN();
			assertThat(this.folder.resolve("app.db-lock")).doesNotExist();
		});
	}

	private ApplicationContextRunner withFile(ApplicationContextRunner runner) {
		return runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	static class UserConvention extends DefaultQueryObservationConvention {

		@Override
		public String getName() {
			return "my.query";
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(QueryObservationContext context) {
			return KeyValues.of("tier", "gold");
		}

	}

	static class UserListener implements QueryListener {

		private final List<String> queries = new ArrayList<>();

		@Override
		public boolean isListening() {
			return true;
		}

		@Override
		public Object queryStarted(Query query) {
			return Duration.ZERO;
		}

		@Override
		public synchronized void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
			this.queries.add(query.sql());
		}

	}

}
