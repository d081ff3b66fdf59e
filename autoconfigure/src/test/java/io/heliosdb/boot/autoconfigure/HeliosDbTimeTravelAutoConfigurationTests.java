package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.AsOfBeanPostProcessor;
import io.heliosdb.boot.timetravel.AsOfTransactionListener;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.jdbc.PointInTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HeliosDbTimeTravelAutoConfiguration}. */
class HeliosDbTimeTravelAutoConfigurationTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbTimeTravelAutoConfiguration.class,
					HeliosDbSqlInitializationAutoConfiguration.class, DataSourceAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
					TransactionAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class));

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	@Test
	void repositoryTravelsInTheApplicationsDatabase() {
		withFile().run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE city (name TEXT PRIMARY KEY)");
			jdbc.update("INSERT INTO city VALUES ('Oslo')");
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			PointInTime point = PointInTime.scn(repository.currentScn());
			jdbc.update("DELETE FROM city");
			assertThat(repository.asOf(point).sql("SELECT name FROM city").query(String.class).single())
				.isEqualTo("Oslo");
		});
	}

	@Test
	void historyOutlivesTheApplication() {
		withFile().run((context) -> {
			context.getBean(JdbcTemplate.class).execute("CREATE TABLE city (name TEXT PRIMARY KEY)");
			context.getBean(JdbcTemplate.class).update("INSERT INTO city VALUES ('Oslo')");
			context.getBean(TimeTravelRepository.class).tag("then");
			context.getBean(JdbcTemplate.class).execute("DROP TABLE city");
		});
		withFile().run((context) -> assertThat(context.getBean(TimeTravelRepository.class)
			.asOf(PointInTime.tag("then"))
			.sql("SELECT name FROM city")
			.query(String.class)
			.single()).isEqualTo("Oslo"));
	}

	@Test
	void fileIsFreeWhenTheApplicationHasStopped() throws Exception {
		withFile().run((context) -> context.getBean(TimeTravelRepository.class)
			.asOf(PointInTime.now())
			.sql("SELECT 1")
			.query()
			.singleValue());
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite:" + this.folder.resolve("app.db"))) {
			stock.createStatement().executeUpdate("CREATE TABLE by_another (name TEXT)");
		}
		assertThat(this.folder.resolve("app.db-lock")).doesNotExist();
	}

	@Test
	void historyCanBeSwitchedOff() {
		withFile().withPropertyValues("heliosdb.history.enabled=false")
			.run((context) -> assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> context.getBean(TimeTravelRepository.class).currentScn())
				.withMessageContaining("keeps no history"));
	}

	@Test
	void databaseInMemoryHasARepositoryThatSaysItKeepsNoHistory() {
		this.runner.withPropertyValues("heliosdb.path=:memory:")
			.run((context) -> assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> context.getBean(TimeTravelRepository.class).currentScn())
				.withMessageContaining("keeps no history"));
	}

	@Test
	void backsOffForARepositoryOfTheUser() {
		withFile().withBean("mine", TimeTravelRepository.class, () -> new TimeTravelRepository(new NoDataSource()))
			.run((context) -> assertThat(context).hasSingleBean(TimeTravelRepository.class).hasBean("mine"));
	}

	@Test
	void backsOffForAnotherDatabase() {
		withFile().withPropertyValues("spring.datasource.url=jdbc:h2:mem:time-travel")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(DataSource.class)
				.doesNotHaveBean(TimeTravelRepository.class)
				.doesNotHaveBean(AsOfBeanPostProcessor.class)
				.doesNotHaveBean(AsOfTransactionListener.class));
	}

	@Test
	void backsOffWhenDisabled() {
		withFile().withPropertyValues("heliosdb.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(TimeTravelRepository.class));
	}

	@Test
	void needsNoSpringData() {
		withFile().withClassLoader(new FilteredClassLoader("org.springframework.data"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(TimeTravelRepository.class));
	}

	/** Never asked for a connection. */
	private static final class NoDataSource extends org.springframework.jdbc.datasource.AbstractDataSource {

		@Override
		public Connection getConnection() {
			throw new UnsupportedOperationException();
		}

		@Override
		public Connection getConnection(String username, String password) {
			throw new UnsupportedOperationException();
		}

	}

}
