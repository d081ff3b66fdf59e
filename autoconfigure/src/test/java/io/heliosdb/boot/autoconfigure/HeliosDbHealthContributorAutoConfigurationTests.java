package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.sql.SQLException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
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
					"sqliteVersion");
			assertThat(health.getDetails()).containsEntry("path",
					this.folder.toRealPath().resolve("app.db").toString());
		});
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
