package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.sql.SQLTimeoutException;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HikariHeliosDbBeanPostProcessor}. */
class HikariHeliosDbBeanPostProcessorTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class));

	@ParameterizedTest
	@CsvSource({ "1, 4", "2, 4", "3, 6", "8, 16", "64, 16" })
	void aPoolHasTwoConnectionsForEachProcessor(int processors, int connections) {
		assertThat(HikariHeliosDbBeanPostProcessor.poolSize(processors)).isEqualTo(connections);
	}

	@Test
	void thePoolGetsItsSize() {
		withFile().run((context) -> assertThat(context.getBean(HikariDataSource.class).getMaximumPoolSize())
			.isEqualTo(HikariHeliosDbBeanPostProcessor.poolSize(Runtime.getRuntime().availableProcessors())));
	}

	@Test
	void thePoolKeepsTheSizeThatWasConfigured() {
		withFile().withPropertyValues("spring.datasource.hikari.maximum-pool-size=3")
			.run((context) -> assertThat(context.getBean(HikariDataSource.class).getMaximumPoolSize()).isEqualTo(3));
	}

	@Test
	void thePoolKeepsItsOtherSettings() {
		withFile().withPropertyValues("spring.datasource.hikari.pool-name=cities")
			.run((context) -> assertThat(context.getBean(HikariDataSource.class).getPoolName()).isEqualTo("cities"));
	}

	@Test
	void aConnectionOutlivesTheTimeOutOfAStatement() {
		withFile().withPropertyValues("spring.datasource.hikari.maximum-pool-size=1", "heliosdb.busy-timeout=1ms")
			.run((context) -> {
				HikariDataSource pool = context.getBean(HikariDataSource.class);
				try (var pooled = pool.getConnection();
						var writer = pool.unwrap(HeliosDataSource.class).getConnection()) {
					writer.createStatement().execute("BEGIN IMMEDIATE");
					assertThatExceptionOfType(SQLTimeoutException.class)
						.isThrownBy(() -> pooled.createStatement().execute("CREATE TABLE note (text TEXT)"));
					assertThat(pooled.isClosed()).isFalse();
				}
			});
	}

	@Test
	void anExceptionOverrideOfTheUsersIsKept() {
		withFile()
			.withPropertyValues(
					"spring.datasource.hikari.exception-override-class-name=" + UsersOverride.class.getName())
			.run((context) -> assertThat(context.getBean(HikariDataSource.class).getExceptionOverride())
				.isInstanceOf(UsersOverride.class));
	}

	@Test
	void connectionsComeFromTheDatabaseThatIsOpen() {
		withFile().run((context) -> {
			HikariDataSource pool = context.getBean(HikariDataSource.class);
			try (var connection = pool.getConnection()) {
				assertThat(connection.isValid(1)).isTrue();
				assertThat(pool.unwrap(HeliosDataSource.class))
					.isSameAs(context.getBean(HeliosDatabase.class).getDataSource());
			}
		});
	}

	@Test
	void anotherPoolIsLeftAlone() {
		withFile().withUserConfiguration(SecondPoolConfiguration.class).run((context) -> {
			assertThat(context).hasBean("dataSource").hasBean("second");
			assertThat(context.getBean("second", HikariDataSource.class).getDataSource()).isNull();
		});
	}

	@Test
	void driverPropertiesOfThePoolAreRefused() {
		withFile().withPropertyValues("spring.datasource.hikari.data-source-properties.passphrase=open sesame")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("heliosdb.connection-properties")
				.hasMessageNotContaining("open sesame"));
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	@Configuration(proxyBeanMethods = false)
	static class SecondPoolConfiguration {

		@Bean(defaultCandidate = false)
		HikariDataSource second() {
			HikariDataSource dataSource = new HikariDataSource();
			dataSource.setJdbcUrl("jdbc:h2:mem:second");
			return dataSource;
		}

	}

	/** HikariCP makes it by its class name. */
	public static final class UsersOverride implements SQLExceptionOverride {

	}

}
