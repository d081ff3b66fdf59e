package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;

import io.heliosdb.jdbc.DatabaseStatus;
import io.heliosdb.jdbc.HistoryStatus;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.actuate.endpoint.StatusAggregator;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.health.DataSourceHealthContributorAutoConfiguration;
import org.springframework.boot.jdbc.health.DataSourceHealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HeliosDbHealthContributorAutoConfiguration} and
 * {@link HeliosDbHealthIndicator}.
 */
class HeliosDbHealthContributorAutoConfigurationTests {

	private static final Instant TIME = Instant.parse("2026-11-22T10:15:00Z");

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbHealthContributorAutoConfiguration.class,
					DataSourceAutoConfiguration.class, DataSourceHealthContributorAutoConfiguration.class));

	@Test
	void tellsThePathTheSizesAndTheVersions() {
		withFile().run((context) -> {
			Health health = context.getBean(HeliosDbHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsOnlyKeys("path", "size", "walSize", "engineVersion",
					"sqliteVersion", "encryption", "history");
			assertThat(health.getDetails()).containsEntry("encryption", Map.of("encrypted", false));
			assertThat(health.getDetails()).containsEntry("path",
					this.folder.toRealPath().resolve("app.db").toString());
		});
	}

	@Test
	void tellsTheOldestAndTheNewestPointOfTheHistory() {
		withFile().run((context) -> {
			Health health = context.getBean(HeliosDbHealthIndicator.class).health();
			assertThat(health.getDetails()).extractingByKey("history", InstanceOfAssertFactories.MAP)
				.containsEntry("state", "on")
				.containsOnlyKeys("state", "size", "oldestScn", "oldestAt", "newestScn", "newestAt");
		});
	}

	@Test
	void tellsThatThereIsNoHistory() {
		withFile().withPropertyValues("heliosdb.history.enabled=false").run((context) -> {
			Health health = context.getBean(HeliosDbHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("history", Map.of("state", "off"));
		});
	}

	@Test
	void tellsHowTheDatabaseIsEncrypted() {
		withFile().withPropertyValues("heliosdb.encryption.key=" + "5a".repeat(32)).run((context) -> {
			Health health = context.getBean(HeliosDbHealthIndicator.class).health();
			assertThat(health.getDetails()).containsEntry("encryption",
					Map.of("encrypted", true, "cipher", "AES-256-GCM", "keyDerivation", "HKDF-SHA-256"));
		});
	}

	@Test
	void gapOfTheHistoryIsADetail() {
		Health health = new HeliosDbHealthIndicator(
				() -> status(history(false, 0, null, "another program wrote to the file")))
			.health();
		assertThat(health.getStatus()).isEqualTo(Status.UP);
		assertThat(health.getDetails()).extractingByKey("history", InstanceOfAssertFactories.MAP)
			.containsEntry("gapScn", 20L)
			.containsEntry("gapAt", TIME)
			.containsEntry("gapReason", "another program wrote to the file");
	}

	@Test
	void historyThatFailsDegradesTheDatabaseAndNotTheApplication() {
		Health health = new HeliosDbHealthIndicator(() -> status(history(true, 3, "the disk is full", null))).health();
		assertThat(health.getStatus()).isEqualTo(new Status("DEGRADED"));
		assertThat(health.getStatus().getDescription()).isNotEmpty();
		assertThat(health.getDetails()).extractingByKey("history", InstanceOfAssertFactories.MAP)
			.containsEntry("state", "failed")
			.containsEntry("failures", 3L)
			.containsEntry("lastFailure", "the disk is full");
		assertThat(StatusAggregator.getDefault().getAggregateStatus(Status.UP, health.getStatus()))
			.isEqualTo(Status.UP);
	}

	private static DatabaseStatus status(HistoryStatus history) {
		return new DatabaseStatus("app.db", "/app.db", 1, 1, 1, 1, "3", "3", history);
	}

	private static HistoryStatus history(boolean failed, long failures, String lastFailure, String gapReason) {
		return new HistoryStatus(failed, 20, TIME, 30, TIME, 25, 100, 1, 1, 1, failures, lastFailure,
				(gapReason != null) ? 20 : 0, (gapReason != null) ? TIME : null, gapReason, 4096);
	}

	@Test
	void isDownWhenTheStatusCannotBeRead() {
		HeliosDbHealthIndicator indicator = new HeliosDbHealthIndicator(() -> {
			throw new SQLException("closed");
		});
		assertThat(indicator.health().getStatus()).isEqualTo(Status.DOWN);
	}

	@Test
	void bootsOwnIndicatorOfTheDataSourceStays() {
		withFile().run((context) -> {
			Health health = context.getBean(DataSourceHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("database", "SQLite");
		});
	}

	@Test
	void backsOffWhenDisabled() {
		withFile().withPropertyValues("management.health.heliosdb.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HeliosDbHealthIndicator.class));
	}

	@Test
	void backsOffWhenHealthIndicatorsAreDisabled() {
		withFile().withPropertyValues("management.health.defaults.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HeliosDbHealthIndicator.class));
	}

	@Test
	void backsOffWhenThereIsAnIndicatorOfThatName() {
		withFile().withBean("heliosDbHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).hasBean("heliosDbHealthIndicator")
				.doesNotHaveBean(HeliosDbHealthIndicator.class));
	}

	@Test
	void backsOffForAnotherDatabase() {
		withFile().withPropertyValues("spring.datasource.url=jdbc:h2:mem:health")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HeliosDbHealthIndicator.class));
	}

	@Test
	void backsOffWithoutSpringBootHealth() {
		withFile().withClassLoader(new FilteredClassLoader(ConditionalOnEnabledHealthIndicator.class))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(HeliosDatabase.class)
				.doesNotHaveBean("heliosDbHealthIndicator"));
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

}
