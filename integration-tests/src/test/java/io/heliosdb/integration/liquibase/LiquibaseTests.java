package io.heliosdb.integration.liquibase;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.diff.DiffResult;
import liquibase.diff.compare.CompareControl;
import liquibase.diff.output.DiffOutputControl;
import liquibase.diff.output.changelog.DiffToChangeLog;
import liquibase.exception.LiquibaseException;
import liquibase.exception.ValidationFailedException;
import liquibase.resource.ClassLoaderResourceAccessor;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.resource.ResourceAccessor;
import liquibase.serializer.core.xml.XMLChangeLogSerializer;
import liquibase.structure.core.Column;
import liquibase.structure.core.Index;
import liquibase.structure.core.Table;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/** Liquibase by itself, and as Spring Boot configures it. */
class LiquibaseTests {

	private static final String CHANGELOG = "io/heliosdb/integration/liquibase/changelog.yaml";

	private static final List<String> PLAYERS = List.of("1, 'Per', 1, 10", "2, 'Pål', 1, 0");

	private static final String ALL_PLAYERS = "SELECT id, name, team_id, number FROM player ORDER BY id";

	@TempDir
	private Path folder;

	@Test
	void changeSetsRunOnce() throws Exception {
		try (HeliosDataSource dataSource = open("club.db")) {
			update(dataSource);
			update(dataSource);
			assertThat(Rows.of(dataSource, ALL_PLAYERS)).isEqualTo(PLAYERS);
			assertThat(Rows.of(dataSource, "SELECT id, name, founded, active, length(changed) FROM team"))
				.containsExactly("1, 'Brann', '1908-09-26', 0, 19");
			assertThat(Rows.of(dataSource, "SELECT * FROM seasons")).containsExactly("2026, 30");
			assertThat(Rows.of(dataSource, "SELECT ID, EXECTYPE FROM DATABASECHANGELOG ORDER BY ORDEREXECUTED"))
				.containsExactly("'team', 'EXECUTED'", "'player', 'EXECUTED'", "'data', 'EXECUTED'",
						"'season', 'EXECUTED'", "'number', 'EXECUTED'", "'sqlite', 'EXECUTED'");
			assertThat(Rows.of(dataSource, "SELECT LOCKED FROM DATABASECHANGELOGLOCK")).containsExactly("0");
		}
		assertThat(Rows.ofClosed(this.folder.resolve("club.db"), ALL_PLAYERS)).isEqualTo(PLAYERS);
	}

	@Test
	void aChangedChangeSetIsInvalid() throws Exception {
		try (HeliosDataSource dataSource = open("club.db")) {
			update(dataSource);
			Path changed = Files.createDirectories(this.folder.resolve("changed/io/heliosdb/integration/liquibase"));
			try (var original = getClass().getClassLoader().getResourceAsStream(CHANGELOG)) {
				Files.writeString(changed.resolve("changelog.yaml"),
						new String(original.readAllBytes(), StandardCharsets.UTF_8).replace("VARCHAR(50)",
								"VARCHAR(60)"));
			}
			Files.writeString(changed.resolve("players.csv"), "name;team_id\nPer;1\nPål;1\n");
			try (Connection connection = dataSource.getConnection()) {
				Liquibase liquibase = liquibase(connection,
						new DirectoryResourceAccessor(this.folder.resolve("changed")));
				assertThatException().isThrownBy(liquibase::validate)
					.havingRootCause()
					.isInstanceOf(ValidationFailedException.class)
					.withMessageContaining("changelog.yaml::team::test");
				liquibase.clearCheckSums();
				liquibase.validate();
			}
		}
	}

	@Test
	void theLastChangesAreRolledBack() throws Exception {
		try (HeliosDataSource dataSource = open("club.db")) {
			update(dataSource);
			try (Connection connection = dataSource.getConnection()) {
				liquibase(connection, new ClassLoaderResourceAccessor()).rollback(1, "");
			}
			assertThat(Rows.of(dataSource, "SELECT active FROM team")).containsExactly("1");
			assertThat(Rows.of(dataSource, "SELECT count(*) FROM DATABASECHANGELOG")).containsExactly("5");
			update(dataSource);
			assertThat(Rows.of(dataSource, "SELECT active FROM team")).containsExactly("0");
		}
	}

	@Test
	void theDifferenceOfTwoDatabasesIsFound() throws Exception {
		try (HeliosDataSource one = open("one.db"); HeliosDataSource two = open("two.db")) {
			update(one);
			update(two);
			try (Connection first = one.getConnection(); Connection second = two.getConnection()) {
				assertThat(diff(first, second).areEqual()).isTrue();
				try (Statement statement = second.createStatement()) {
					statement.execute("CREATE TABLE stadium (id INTEGER PRIMARY KEY, name TEXT)");
					statement.execute("ALTER TABLE team ADD COLUMN stars INTEGER");
					statement.execute("DROP INDEX player_name");
				}
				DiffResult difference = diff(first, second);
				assertThat(difference.getUnexpectedObjects(Table.class)).extracting(Table::getName)
					.containsExactly("stadium");
				assertThat(difference.getUnexpectedObjects(Column.class)).extracting(Column::getName).contains("stars");
				assertThat(difference.getMissingObjects(Index.class)).extracting(Index::getName)
					.containsExactly("player_name");
			}
		}
	}

	@Test
	void theChangeLogOfADatabaseMakesAnEqualOne() throws Exception {
		try (HeliosDataSource one = open("one.db");
				HeliosDataSource two = open("two.db");
				Connection first = one.getConnection();
				Connection second = two.getConnection()) {
			try (Statement statement = first.createStatement()) {
				statement.execute("CREATE TABLE song (id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(80) NOT NULL, "
						+ "length DECIMAL(5, 2), added DATE)");
				statement.execute("CREATE UNIQUE INDEX song_title ON song (title, length)");
				statement.execute("CREATE VIEW titles AS SELECT title FROM song");
			}
			ByteArrayOutputStream changelog = new ByteArrayOutputStream();
			new DiffToChangeLog(diff(first, second), new DiffOutputControl(false, false, false, null))
				.print(new PrintStream(changelog, true, StandardCharsets.UTF_8), new XMLChangeLogSerializer());
			Files.write(this.folder.resolve("generated.xml"), changelog.toByteArray());
			new Liquibase("generated.xml", new DirectoryResourceAccessor(this.folder), database(second)).update("");
			DiffResult difference = diff(first, second);
			assertThat(difference.getMissingObjects()).isEmpty();
			assertThat(difference.getChangedObjects()).isEmpty();
		}
	}

	@Test
	void springBootUpdatesBeforeAnythingElse() throws SQLException {
		Path file = this.folder.resolve("boot.db");
		try (ConfigurableApplicationContext context = Application.run(Club.class, file, EnumSet.of(Tool.LIQUIBASE),
				"spring.liquibase.change-log=classpath:" + CHANGELOG)) {
			assertThat(context.getBean(JdbcClient.class)
				.sql("SELECT name FROM player ORDER BY id")
				.query(String.class)
				.list()).containsExactly("Per", "Pål");
		}
		assertThat(Rows.ofClosed(file, ALL_PLAYERS)).isEqualTo(PLAYERS);
	}

	private HeliosDataSource open(String file) throws SQLException {
		return new HeliosDataSource("jdbc:heliosdb:" + this.folder.resolve(file));
	}

	private static void update(HeliosDataSource dataSource) throws SQLException, LiquibaseException {
		try (Connection connection = dataSource.getConnection()) {
			Liquibase liquibase = liquibase(connection, new ClassLoaderResourceAccessor());
			liquibase.validate();
			liquibase.update(new Contexts(), new LabelExpression());
		}
	}

	private static Liquibase liquibase(Connection connection, ResourceAccessor resources) throws LiquibaseException {
		return new Liquibase(CHANGELOG, resources, database(connection));
	}

	private static Database database(Connection connection) throws LiquibaseException {
		return DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
	}

	private static DiffResult diff(Connection reference, Connection compared) throws LiquibaseException {
		return new Liquibase(CHANGELOG, new ClassLoaderResourceAccessor(), database(compared)).diff(database(reference),
				database(compared), new CompareControl());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Club {

	}

}
