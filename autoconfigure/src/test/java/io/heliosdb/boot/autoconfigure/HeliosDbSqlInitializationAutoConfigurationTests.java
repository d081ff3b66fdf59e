package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.sql.DataSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.ApplicationDataSourceScriptDatabaseInitializer;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.sql.autoconfigure.init.ApplicationScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link HeliosDbSqlInitializationAutoConfiguration}. */
@ExtendWith(OutputCaptureExtension.class)
class HeliosDbSqlInitializationAutoConfigurationTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class,
				HeliosDbSqlInitializationAutoConfiguration.class, DataSourceAutoConfiguration.class,
				DataSourceInitializationAutoConfiguration.class, JdbcTemplateAutoConfiguration.class));

	@Test
	void scriptsRunOnANewDatabase() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Oslo')")
			.run((context) -> assertThat(cities(context)).isOne());
	}

	@Test
	void scriptsRunOnAMemoryDatabase() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Oslo')")
			.withPropertyValues("heliosdb.path=:memory:")
			.run((context) -> assertThat(cities(context)).isOne());
	}

	@Test
	void scriptsDoNotRunAgainAtTheNextStart(CapturedOutput output) throws IOException {
		ApplicationContextRunner scripts = withScripts("CREATE TABLE city (name TEXT)",
				"INSERT INTO city VALUES ('Oslo')");
		scripts.run((context) -> assertThat(cities(context)).isOne());
		scripts.run((context) -> assertThat(cities(context)).isOne());
		assertThat(output).containsOnlyOnce("spring.sql.init.mode=always");
	}

	@Test
	void scriptsRunAtEachStartInModeAlways() throws IOException {
		ApplicationContextRunner scripts = withScripts("CREATE TABLE IF NOT EXISTS city (name TEXT)",
				"INSERT INTO city VALUES ('Oslo')")
			.withPropertyValues("spring.sql.init.mode=always");
		scripts.run((context) -> assertThat(cities(context)).isOne());
		scripts.run((context) -> assertThat(cities(context)).isEqualTo(2));
	}

	@Test
	void scriptsNeverRunInModeNever() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Oslo')")
			.withPropertyValues("spring.sql.init.mode=never")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ApplicationScriptDatabaseInitializer.class));
	}

	@Test
	void aScriptThatFailsLeavesTheDatabaseEmpty() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO town VALUES ('Oslo')")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("town"));
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Oslo')")
			.run((context) -> assertThat(cities(context)).isOne());
	}

	@Test
	void scriptsDoNotRunOnADatabaseThatFlywayMade() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Bergen')")
			.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.locations=classpath:io/heliosdb/boot/flyway/migration")
			.run((context) -> assertThat(
					context.getBean(JdbcTemplate.class).queryForList("SELECT name FROM city", String.class))
				.containsExactly("Oslo"));
	}

	@Test
	void anApplicationWithoutScriptsHasAnEmptyDatabase() {
		withFile().run((context) -> assertThat(context).hasNotFailed().satisfies((started) -> {
			JdbcTemplate jdbc = started.getBean(JdbcTemplate.class);
			assertThat(jdbc.queryForObject("SELECT count(*) FROM sqlite_schema", Integer.class)).isZero();
		}));
	}

	@Test
	void backsOffWhenThereIsAnInitializer() throws IOException {
		withScripts("CREATE TABLE city (name TEXT)", "INSERT INTO city VALUES ('Oslo')").withBean(UserInitializer.class)
			.run((context) -> assertThat(context).hasSingleBean(ApplicationScriptDatabaseInitializer.class)
				.hasSingleBean(UserInitializer.class));
	}

	@Test
	void leavesAnotherDatabaseToBoot() throws IOException {
		withScripts("CREATE TABLE city (name VARCHAR)", "INSERT INTO city VALUES ('Oslo')")
			.withPropertyValues("spring.datasource.url=jdbc:h2:mem:scripts")
			.run((context) -> {
				assertThat(context).doesNotHaveBean(HeliosDbScriptDatabaseInitializer.class);
				assertThat(cities(context)).isOne();
			});
	}

	private ApplicationContextRunner withScripts(String schema, String data) throws IOException {
		Files.writeString(this.folder.resolve("schema.sql"), schema + ";");
		Files.writeString(this.folder.resolve("data.sql"), data + ";");
		return withFile().withPropertyValues("spring.sql.init.schema-locations=" + this.folder.toUri() + "schema.sql",
				"spring.sql.init.data-locations=" + this.folder.toUri() + "data.sql");
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	private static int cities(AssertableApplicationContext context) {
		Integer count = context.getBean(JdbcTemplate.class).queryForObject("SELECT count(*) FROM city", Integer.class);
		return (count != null) ? count : -1;
	}

	static class UserInitializer extends ApplicationDataSourceScriptDatabaseInitializer {

		UserInitializer(DataSource dataSource) {
			super(dataSource, new DatabaseInitializationSettings());
		}

	}

}
