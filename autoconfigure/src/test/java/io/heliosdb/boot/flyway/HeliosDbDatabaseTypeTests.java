package io.heliosdb.boot.flyway;

import java.nio.file.Path;

import io.heliosdb.boot.autoconfigure.HeliosDbAutoConfiguration;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.internal.database.DatabaseType;
import org.flywaydb.core.internal.database.DatabaseTypeRegister;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link HeliosDbDatabaseType}. */
class HeliosDbDatabaseTypeTests {

	private static final String MIGRATIONS = "classpath:io/heliosdb/boot/flyway/migration";

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, FlywayAutoConfiguration.class))
		.withPropertyValues("spring.flyway.locations=" + MIGRATIONS);

	@Test
	void flywayMigratesTheApplicationsDatabase() {
		withFile().run((context) -> {
			assertThat(version(context.getBean(Flyway.class))).isEqualTo(MigrationVersion.fromVersion("2"));
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			assertThat(jdbc.queryForObject("SELECT name FROM city WHERE capital", String.class)).isEqualTo("Oslo");
			assertThat(jdbc.queryForObject("SELECT name FROM city_log", String.class)).isEqualTo("Oslo");
		});
	}

	@Test
	void flywayMigratesOnce() {
		withFile().run((context) -> assertThat(context).hasNotFailed());
		withFile().run((context) -> assertThat(context.getBean(Flyway.class).info().pending()).isEmpty());
	}

	@Test
	void flywayRollsBackAMigrationThatFails() {
		withFile().withPropertyValues("spring.flyway.locations=" + MIGRATIONS + "," + MIGRATIONS + "-broken")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("nowhere"));
		withFile().run((context) -> assertThat(context.getBean(JdbcTemplate.class)
			.queryForList("SELECT name FROM sqlite_schema WHERE name = 'half'", String.class)).isEmpty());
	}

	@Test
	void flywayCleansADatabase() {
		withFile().withPropertyValues("spring.flyway.clean-disabled=false").run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE street (city INTEGER NOT NULL REFERENCES city)");
			jdbc.execute("INSERT INTO street VALUES (1)");
			jdbc.execute("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)");
			jdbc.execute("CREATE VIEW capital AS SELECT * FROM city WHERE capital");
			jdbc.execute("CREATE VIRTUAL TABLE note USING fts5 (text)");
			context.getBean(Flyway.class).clean();
			assertThat(
					jdbc.queryForList("SELECT name FROM sqlite_schema WHERE name <> 'sqlite_sequence'", String.class))
				.isEmpty();
		});
	}

	@Test
	void flywayMigratesAfterAClean() {
		withFile().withPropertyValues("spring.flyway.clean-disabled=false").run((context) -> {
			Flyway flyway = context.getBean(Flyway.class);
			flyway.clean();
			assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
		});
	}

	@Test
	void flywayBaselinesADatabaseThatIsNotEmpty() {
		withFile().withPropertyValues("spring.flyway.enabled=false")
			.run((context) -> context.getBean(JdbcTemplate.class).execute("CREATE TABLE old (a)"));
		withFile().run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("non-empty"));
		withFile().withPropertyValues("spring.flyway.baseline-on-migrate=true", "spring.flyway.baseline-version=0")
			.run((context) -> assertThat(version(context.getBean(Flyway.class)))
				.isEqualTo(MigrationVersion.fromVersion("2")));
	}

	@Test
	void flywayValidatesWhatItMigrated() {
		withFile().run((context) -> assertThat(context.getBean(Flyway.class).validateWithResult().validationSuccessful)
			.isTrue());
	}

	@Test
	void flywayConnectsByUrl() {
		Flyway flyway = Flyway.configure()
			.dataSource("jdbc:heliosdb:" + this.folder.resolve("app.db"), null, null)
			.locations(MIGRATIONS)
			.load();
		assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
	}

	@Test
	void flywayKeepsItsOwnTypeForSqlite() {
		assertThat(DatabaseTypeRegister.getDatabaseTypesForUrl("jdbc:sqlite:app.db", null)).singleElement()
			.isNotInstanceOf(HeliosDbDatabaseType.class);
	}

	@Test
	void ourUrlHasOneType() {
		assertThat(DatabaseTypeRegister.getDatabaseTypesForUrl("jdbc:heliosdb:app.db", null)).singleElement()
			.isInstanceOf(HeliosDbDatabaseType.class)
			.extracting((type) -> ((DatabaseType) type).getDriverClass("jdbc:heliosdb:app.db", null))
			.isEqualTo("io.heliosdb.jdbc.HeliosDriver");
	}

	@Test
	void secretsInAUrlAreNotLogged() {
		assertThat(DatabaseTypeRegister
			.redactJdbcUrl("jdbc:heliosdb:app.db?passphrase=sesame&foreign_keys=on&key=00ff&key_file=app.key"))
			.isEqualTo("jdbc:heliosdb:app.db?passphrase=********&foreign_keys=on&key=********&key_file=app.key");
	}

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	private static MigrationVersion version(Flyway flyway) {
		return flyway.info().current().getVersion();
	}

}
