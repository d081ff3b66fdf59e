package io.heliosdb.integration.flyway;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;

import io.heliosdb.integration.Application;
import io.heliosdb.integration.Application.Tool;
import io.heliosdb.integration.Rows;
import io.heliosdb.jdbc.HeliosDataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.api.migration.BaseJavaMigration;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Flyway by itself, and as Spring Boot configures it. */
class FlywayTests {

	private static final String MIGRATIONS = "classpath:io/heliosdb/integration/flyway/";

	private static final List<String> MIGRATED = List.of("1, 'Ada; the first', 70", "2, 'Bo', 80");

	private static final String ACCOUNTS = "SELECT id, owner, balance FROM account ORDER BY id";

	@TempDir
	private Path folder;

	private HeliosDataSource dataSource;

	@BeforeEach
	void open() throws SQLException {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + file());
	}

	@AfterEach
	void close() throws SQLException {
		this.dataSource.close();
	}

	@Test
	void migrationsRunOnceAndStayValid() throws SQLException {
		MigrateResult first = flyway("common", "sqlite").migrate();
		assertThat(first.migrationsExecuted).isEqualTo(3);
		assertThat(flyway("common", "sqlite").migrate().migrationsExecuted).isZero();
		assertThat(flyway("common", "sqlite").validateWithResult().validationSuccessful).isTrue();
		assertThat(rows(ACCOUNTS)).isEqualTo(MIGRATED);
		assertThat(rows("SELECT account, amount FROM movement ORDER BY account")).containsExactly("1, -30", "2, 30");
		assertThat(rows("SELECT * FROM total")).containsExactly("150");
		assertThat(flyway("common", "sqlite").info().all()).extracting(MigrationInfo::getState)
			.containsOnly(MigrationState.SUCCESS);
		this.dataSource.close();
		assertThat(Rows.ofClosed(file(), "SELECT version, success FROM flyway_schema_history ORDER BY installed_rank"))
			.containsExactly("'1', 1", "'2', 1", "NULL, 1");
	}

	@Test
	void aChangedMigrationIsInvalidUntilItIsRepaired() throws SQLException {
		flyway("common", "sqlite").migrate();
		Flyway changed = flyway("changed", "sqlite");
		assertThatExceptionOfType(FlywayValidateException.class).isThrownBy(changed::validate)
			.withMessageContaining("checksum mismatch");
		changed.repair();
		changed.validate();
		assertThat(rows(ACCOUNTS)).isEqualTo(MIGRATED);
	}

	@Test
	void aMigrationThatFailsLeavesNothingBehind() throws SQLException {
		flyway("common", "sqlite").migrate();
		assertThatException().isThrownBy(() -> flyway("common", "sqlite", "broken").migrate())
			.withMessageContaining("CHECK constraint failed");
		assertThat(rows("SELECT name FROM sqlite_schema WHERE name = 'half'")).isEmpty();
		assertThat(rows(ACCOUNTS)).isEqualTo(MIGRATED);
		assertThat(rows("SELECT count(*) FROM flyway_schema_history")).containsExactly("3");
	}

	@Test
	void aDatabaseThatIsThereGetsABaseline() throws SQLException {
		try (Connection connection = this.dataSource.getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER)");
			statement.execute("INSERT INTO account (owner, balance) VALUES ('Ada; the first', 100), ('Bo', 50)");
		}
		assertThatException().isThrownBy(() -> flyway("common", "sqlite").migrate())
			.withMessageContaining("non-empty schema");
		Flyway.configure()
			.dataSource(this.dataSource)
			.locations(MIGRATIONS + "common", MIGRATIONS + "sqlite")
			.baselineOnMigrate(true)
			.load()
			.migrate();
		assertThat(rows(ACCOUNTS)).isEqualTo(MIGRATED);
	}

	@Test
	void migrationsInJavaUseTheirConnection() throws SQLException {
		Flyway.configure()
			.dataSource(this.dataSource)
			.locations(MIGRATIONS + "common")
			.javaMigrations(new V4__Interest())
			.load()
			.migrate();
		assertThat(rows(ACCOUNTS)).containsExactly("1, 'Ada; the first', 110", "2, 'Bo', 55");
	}

	@Test
	void cleaningLeavesAnEmptyDatabaseThatMigratesAgain() throws SQLException {
		Flyway flyway = flyway("common", "sqlite");
		flyway.migrate();
		Flyway.configure().dataSource(this.dataSource).cleanDisabled(false).load().clean();
		assertThat(rows("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")).isEmpty();
		flyway.migrate();
		assertThat(rows(ACCOUNTS)).isEqualTo(MIGRATED);
	}

	@Test
	void springBootMigratesBeforeAnythingElseAndKnowsTheVendor() throws SQLException {
		this.dataSource.close();
		try (ConfigurableApplicationContext context = Application.run(Bank.class, file(), EnumSet.of(Tool.FLYWAY),
				"spring.flyway.locations=" + MIGRATIONS + "common," + MIGRATIONS + "{vendor}")) {
			assertThat(context.getBean(Flyway.class).info().applied()).hasSize(3);
		}
		assertThat(Rows.ofClosed(file(), ACCOUNTS)).isEqualTo(MIGRATED);
	}

	@Test
	void whatWasMigratedBySqlitesOwnDriverIsValid() throws SQLException {
		this.dataSource.close();
		Flyway.configure()
			.dataSource("jdbc:sqlite:" + file(), null, null)
			.locations(MIGRATIONS + "common", MIGRATIONS + "sqlite")
			.load()
			.migrate();
		try (HeliosDataSource reopened = new HeliosDataSource("jdbc:heliosdb:" + file())) {
			Flyway flyway = Flyway.configure()
				.dataSource(reopened)
				.locations(MIGRATIONS + "common", MIGRATIONS + "sqlite")
				.load();
			assertThat(flyway.validateWithResult().validationSuccessful).isTrue();
			assertThat(flyway.migrate().migrationsExecuted).isZero();
			assertThat(Rows.of(reopened, ACCOUNTS)).isEqualTo(MIGRATED);
		}
	}

	private Path file() {
		return this.folder.resolve("bank.db");
	}

	private Flyway flyway(String... locations) {
		return Flyway.configure()
			.dataSource(this.dataSource)
			.locations(List.of(locations).stream().map((location) -> MIGRATIONS + location).toArray(String[]::new))
			.load();
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.dataSource, sql);
	}

	static final class V4__Interest extends BaseJavaMigration implements JavaMigration {

		@Override
		public void migrate(Context context) throws SQLException {
			try (Statement statement = context.getConnection().createStatement()) {
				statement.executeUpdate("UPDATE account SET balance = balance * 11 / 10");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Bank {

	}

}
