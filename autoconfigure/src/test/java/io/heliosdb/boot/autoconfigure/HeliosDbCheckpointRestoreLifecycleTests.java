package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.jdbc.PointInTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link HeliosDbCheckpointRestoreLifecycle}. */
class HeliosDbCheckpointRestoreLifecycleTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class));

	@Test
	void theDatabaseIsClosedAtACheckpointAndOpenAfterTheRestore() {
		withFile().withPropertyValues("spring.datasource.hikari.allow-pool-suspension=true").run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE t (a)");
			context.getSourceApplicationContext().stop();
			assertThat(this.folder.resolve("app.db-lock")).doesNotExist();
			context.getSourceApplicationContext().start();
			assertThat(jdbc.update("INSERT INTO t VALUES (1)")).isOne();
			assertThat(context.getBean(HeliosDatabase.class).getDatabaseStatus().connections()).isPositive();
		});
	}

	@Test
	void connectionsToThePastDoNotKeepTheDatabaseOpen() {
		withFile().withConfiguration(AutoConfigurations.of(HeliosDbTimeTravelAutoConfiguration.class))
			.withPropertyValues("spring.datasource.hikari.allow-pool-suspension=true")
			.run((context) -> {
				TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
				context.getBean(JdbcTemplate.class).execute("CREATE TABLE t (a)");
				JdbcClient past = repository.asOf(PointInTime.now());
				assertThat(past.sql("SELECT count(*) FROM t").query(Long.class).single()).isZero();
				context.getSourceApplicationContext().stop();
				assertThat(this.folder.resolve("app.db-lock")).doesNotExist();
				context.getSourceApplicationContext().start();
				assertThat(past.sql("SELECT count(*) FROM t").query(Long.class).single()).isZero();
			});
	}

	@Test
	void backsOffWithoutCheckpoints() {
		withFile().withClassLoader(new FilteredClassLoader("org.crac"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(HeliosDbCheckpointRestoreLifecycle.class));
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

}
