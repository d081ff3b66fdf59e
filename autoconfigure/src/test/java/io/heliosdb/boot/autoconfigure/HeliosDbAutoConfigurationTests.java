package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.jdbc.HeliosDataSource;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;

import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HeliosDbAutoConfiguration}. */
@ExtendWith(OutputCaptureExtension.class)
class HeliosDbAutoConfigurationTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JndiDataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class));

	@Test
	void theDataSourceIsAHikariPool() {
		withFile().run((context) -> assertThat(context).hasSingleBean(DataSource.class)
			.getBean(DataSource.class)
			.isInstanceOf(HikariDataSource.class));
	}

	@Test
	void thePathNamesTheFile() {
		withFile().run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (a)");
			assertThat(file()).isNotEmptyFile();
		});
	}

	@Test
	void theAbsolutePathIsLoggedOnce(CapturedOutput output) {
		withFile().run((context) -> assertThat(output).containsOnlyOnce(realFile().toString()));
	}

	@Test
	void queriesRunOnTheEngine() {
		withFile().run((context) -> assertThat(
				context.getBean(JdbcTemplate.class).queryForObject("SELECT 6 * 7", Integer.class))
			.isEqualTo(42));
	}

	@Test
	void rowsOutliveTheApplication() {
		withFile().run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE city (name TEXT)");
			context.getBean(JdbcTemplate.class).update("INSERT INTO city VALUES (?)", "Oslo");
		});
		withFile()
			.run((context) -> assertThat(context.getBean(JdbcTemplate.class).queryForList("SELECT name FROM city"))
				.singleElement()
				.extracting("name")
				.isEqualTo("Oslo"));
	}

	@Test
	void aHeliosUrlGoesBeforeThePath() {
		this.runner
			.withPropertyValues("heliosdb.path=" + this.folder.resolve("other.db"),
					"spring.datasource.url=jdbc:heliosdb:" + file())
			.run((context) -> assertThat(context.getBean(HeliosDatabase.class).getDatabaseStatus().path())
				.isEqualTo(realFile().toString()));
	}

	@Test
	void propertiesHoldWithAHeliosUrlToo() {
		this.runner
			.withPropertyValues("spring.datasource.url=jdbc:heliosdb:" + file(),
					"heliosdb.connection-properties.foreign-keys=off")
			.run((context) -> assertThat(foreignKeys(context.getBean(JdbcTemplate.class))).isZero());
	}

	@Test
	void parametersOfTheUrlGoBeforeProperties() {
		this.runner
			.withPropertyValues("spring.datasource.url=jdbc:heliosdb:" + file() + "?foreign_keys=on",
					"heliosdb.connection-properties.foreign-keys=off")
			.run((context) -> assertThat(foreignKeys(context.getBean(JdbcTemplate.class))).isOne());
	}

	@Test
	void anEmptyUrlIsNone() {
		withFile().withPropertyValues("spring.datasource.url=")
			.run((context) -> assertThat(context).hasSingleBean(HeliosDatabase.class));
	}

	@Test
	void allConnectionsShareAPrivateMemoryDatabase() {
		this.runner.withPropertyValues("heliosdb.path=:memory:").run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE t (a)");
			DataSource dataSource = context.getBean(DataSource.class);
			try (var one = dataSource.getConnection(); var two = dataSource.getConnection()) {
				assertThat(one.createStatement().executeUpdate("INSERT INTO t VALUES (1)")).isOne();
				assertThat(two.createStatement().executeUpdate("INSERT INTO t VALUES (2)")).isOne();
			}
		});
	}

	@Test
	void applicationsDoNotShareAPrivateMemoryDatabase() {
		ApplicationContextRunner inMemory = this.runner.withPropertyValues("heliosdb.path=:memory:");
		inMemory.run((one) -> {
			one.getBean(JdbcTemplate.class).execute("CREATE TABLE t (a)");
			inMemory.run((two) -> assertThat(
					two.getBean(JdbcTemplate.class).queryForObject("SELECT count(*) FROM sqlite_schema", Integer.class))
				.isZero());
		});
	}

	@Test
	void theDatabaseIsClosedWithTheContext() throws IOException {
		withFile().run((context) -> assertThat(Path.of(file() + "-lock")).exists());
		assertThat(Path.of(file() + "-lock")).doesNotExist();
		assertThat(Files.exists(file())).isTrue();
	}

	@Test
	void theDatabaseIsClosedAfterThePool() {
		DestructionRecorder recorder = new DestructionRecorder();
		withFile().withBean(DestructionRecorder.class, () -> recorder)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(recorder.beanNames).containsSubsequence("dataSource", "heliosDatabase");
	}

	@Test
	void aClosedDatabaseIsNotOpenedToReadItsStatus() {
		withFile().run((context) -> {
			HeliosDatabase database = context.getBean(HeliosDatabase.class);
			context.close();
			assertThatExceptionOfType(SQLException.class).isThrownBy(database::getDatabaseStatus)
				.withMessageContaining("closed");
		});
	}

	@Test
	void anotherConnectionPoolWorks() {
		withFile()
			.withPropertyValues("spring.datasource.type=org.apache.tomcat.jdbc.pool.DataSource",
					"heliosdb.connection-properties.foreign-keys=off")
			.run((context) -> {
				assertThat(context.getBean(DataSource.class))
					.isInstanceOf(org.apache.tomcat.jdbc.pool.DataSource.class);
				assertThat(foreignKeys(context.getBean(JdbcTemplate.class))).isZero();
			});
	}

	@Test
	void anotherConnectionPoolWorksWithoutHikari() {
		withFile().withClassLoader(new FilteredClassLoader("com.zaxxer.hikari")).run((context) -> {
			assertThat(context.getBean(DataSource.class)).isInstanceOf(org.apache.tomcat.jdbc.pool.DataSource.class);
			assertThat(foreignKeys(context.getBean(JdbcTemplate.class))).isOne();
		});
	}

	@Test
	void aDataSourceWithoutAPoolWorks() {
		withFile()
			.withPropertyValues("spring.datasource.type=" + SimpleDriverDataSource.class.getName(),
					"heliosdb.connection-properties.foreign-keys=off")
			.run((context) -> {
				assertThat(context.getBean(DataSource.class)).isInstanceOf(SimpleDriverDataSource.class);
				assertThat(foreignKeys(context.getBean(JdbcTemplate.class))).isZero();
			});
	}

	@Test
	void anotherConnectionPoolIsNotGivenASecret() {
		withFile()
			.withPropertyValues("spring.datasource.type=" + SimpleDriverDataSource.class.getName(),
					"heliosdb.encryption.passphrase=open sesame")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("heliosdb.encryption.key-file")
				.hasMessageNotContaining("open sesame"));
	}

	@Test
	void anUnknownConnectionPropertyStopsTheApplication() {
		withFile().withPropertyValues("heliosdb.connection-properties.bussy-timeout=1s")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("'busy_timeout'"));
	}

	@Test
	void ourDatabaseGoesBeforeAnEmbeddedH2() {
		withFile().run((context) -> {
			assertThat(EmbeddedDatabaseConnection.get(getClass().getClassLoader()))
				.isEqualTo(EmbeddedDatabaseConnection.H2);
			assertThat(context.getBean(HikariDataSource.class).getDataSource()).isInstanceOf(HeliosDataSource.class);
		});
	}

	@Test
	void backsOffWhenDisabled() {
		withFile().withPropertyValues("heliosdb.enabled=false").run(this::assertH2);
	}

	@Test
	void backsOffWhenTheUrlNamesAnotherDatabase() {
		withFile().withPropertyValues("spring.datasource.url=jdbc:h2:mem:other").run(this::assertH2);
	}

	@Test
	void backsOffWhenThereIsADataSource() {
		withFile().withUserConfiguration(DataSourceConfiguration.class).run(this::assertH2);
	}

	@Test
	void backsOffWhenThereAreConnectionDetails() {
		withFile().withUserConfiguration(ConnectionDetailsConfiguration.class).run(this::assertH2);
	}

	@Test
	void backsOffWhenTheDataSourceComesFromJndi() {
		withFile().withPropertyValues("spring.datasource.jndi-name=jdbc/app").run((context) -> {
			assertThat(context).hasFailed();
			assertThat(file()).doesNotExist();
		});
	}

	@Test
	void backsOffWhenConnectionsAreReactive() {
		withFile().withBean(ConnectionFactory.class, ReactiveConnections::new)
			.run((context) -> assertThat(context).doesNotHaveBean(HeliosDatabase.class)
				.doesNotHaveBean(JdbcConnectionDetails.class)
				.doesNotHaveBean(DataSource.class));
	}

	@Test
	void backsOffWithoutAConnectionPool() {
		withFile().withClassLoader(new FilteredClassLoader("com.zaxxer.hikari", "org.apache.tomcat.jdbc", "oracle.ucp"))
			.run(this::assertH2);
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + file());
	}

	private Path file() {
		return this.folder.resolve("app.db");
	}

	private Path realFile() throws IOException {
		return this.folder.toRealPath().resolve("app.db");
	}

	private void assertH2(AssertableApplicationContext context) {
		assertThat(context).hasNotFailed().doesNotHaveBean(HeliosDatabase.class).hasSingleBean(DataSource.class);
		assertThat(context.getBean(JdbcTemplate.class).queryForObject("SELECT H2VERSION()", String.class)).isNotEmpty();
		assertThat(file()).doesNotExist();
	}

	private static int foreignKeys(JdbcTemplate jdbc) {
		Integer answer = jdbc.queryForObject("PRAGMA foreign_keys", Integer.class);
		return (answer != null) ? answer : -1;
	}

	@Configuration(proxyBeanMethods = false)
	static class DataSourceConfiguration {

		@Bean
		DataSource dataSource() {
			return new DriverManagerDataSource("jdbc:h2:mem:user");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ConnectionDetailsConfiguration {

		@Bean
		JdbcConnectionDetails connectionDetails() {
			return new JdbcConnectionDetails() {

				@Override
				public String getUsername() {
					return "sa";
				}

				@Override
				public String getPassword() {
					return "";
				}

				@Override
				public String getJdbcUrl() {
					return "jdbc:h2:mem:details";
				}

			};
		}

	}

	static class ReactiveConnections implements ConnectionFactory {

		@Override
		public Publisher<? extends Connection> create() {
			throw new UnsupportedOperationException();
		}

		@Override
		public ConnectionFactoryMetadata getMetadata() {
			return () -> "none";
		}

	}

	static class DestructionRecorder implements DestructionAwareBeanPostProcessor {

		private final List<String> beanNames = new ArrayList<>();

		@Override
		public void postProcessBeforeDestruction(Object bean, String beanName) {
			this.beanNames.add(beanName);
		}

	}

}
