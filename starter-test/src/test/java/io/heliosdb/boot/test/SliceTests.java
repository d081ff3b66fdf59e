package io.heliosdb.boot.test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import javax.sql.DataSource;

import io.heliosdb.boot.test.TestApplication.Note;
import io.heliosdb.boot.test.TestApplication.Notes;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.data.jdbc.test.autoconfigure.DataJdbcTest;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase.Replace;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/**
 * Test slices, run as JUnit runs them, with an H2 on the class path that Boot would
 * prefer.
 */
class SliceTests {

	/** Where the database of each test class was, in the order in which they ran. */
	private static final Set<Path> files = new HashSet<>();

	private static final Path CONFIGURED = Path.of("target/configured.db").toAbsolutePath();

	@AfterEach
	void forget() throws Exception {
		files.clear();
		Files.deleteIfExists(CONFIGURED);
		Files.deleteIfExists(Path.of(CONFIGURED + "-history"));
		Files.deleteIfExists(Path.of(CONFIGURED + "-times"));
	}

	@Test
	void aJdbcTestHasItsOwnDatabaseWithAPast() {
		run(JdbcSlice.class, 3);
		assertThat(files).singleElement().satisfies(isGone());
		assertThat(CONFIGURED).doesNotExist();
	}

	@Test
	void aDataJdbcTestHasRepositories() {
		run(DataJdbcSlice.class, 1);
		assertThat(files).singleElement().satisfies(isGone());
	}

	@Test
	void aConfiguredUrlKeepsItsParametersButNotItsFile() {
		run(SliceWithUrl.class, 1);
		assertThat(files).singleElement().satisfies(isGone());
		assertThat(CONFIGURED).doesNotExist();
	}

	@Test
	void eachContextHasItsOwnDatabase() {
		run(JdbcSlice.class, 3);
		run(DataJdbcSlice.class, 1);
		assertThat(files).hasSize(2);
	}

	@Test
	void replacingNothingLeavesTheConfiguredDatabase() {
		run(SliceOnTheConfiguredDatabase.class, 1);
		assertThat(files).containsExactly(CONFIGURED);
		assertThat(CONFIGURED).exists();
	}

	@Test
	void anotherDatabaseIsLeftToBoot() {
		run(SliceOfAnotherDatabase.class, 1);
	}

	@Test
	void aTestOfTheWholeApplicationMayHaveOneToo() {
		run(WholeApplication.class, 1);
		assertThat(files).singleElement().satisfies(isGone());
		assertThat(CONFIGURED).doesNotExist();
	}

	private static Consumer<Path> isGone() {
		return (file) -> assertThat(file.getParent()).doesNotExist();
	}

	private static void run(Class<?> testClass, int tests) {
		Events events = EngineTestKit.engine("junit-jupiter").selectors(selectClass(testClass)).execute().testEvents();
		assertThat(events.failed().stream()).extracting((event) -> event.getPayload(TestExecutionResult.class))
			.isEmpty();
		assertThat(events.succeeded().count()).isEqualTo(tests);
	}

	@JdbcTest(properties = "heliosdb.path=target/configured.db")
	@DirtiesContext
	static class JdbcSlice {

		@Autowired
		private JdbcClient jdbc;

		@Autowired
		private DataSource dataSource;

		@Autowired
		private TimeTravelRepository timeTravel;

		@Test
		void schemaSqlWasRun() throws SQLException {
			files.add(DatabaseFile.of(this.dataSource));
			assertThat(texts()).containsExactly("from schema.sql");
			this.jdbc.sql("INSERT INTO note (text) VALUES ('rolled back')").update();
		}

		@Test
		void whatATestWritesIsRolledBack() {
			assertThat(texts()).containsExactly("from schema.sql");
			this.jdbc.sql("INSERT INTO note (text) VALUES ('rolled back')").update();
		}

		@Test
		@Transactional(propagation = Propagation.NOT_SUPPORTED)
		void thePastIsThere() {
			long before = this.timeTravel.currentScn();
			this.jdbc.sql("INSERT INTO note (text) VALUES ('new')").update();
			this.jdbc.sql("DELETE FROM note WHERE text = 'new'").update();
			assertThat(this.jdbc.sql("SELECT count(*) FROM note AS OF SCN ?")
				.param(before + 1)
				.query(Integer.class)
				.single()).isEqualTo(2);
			assertThat(texts()).containsExactly("from schema.sql");
		}

		private List<String> texts() {
			return this.jdbc.sql("SELECT text FROM note ORDER BY id").query(String.class).list();
		}

	}

	@DataJdbcTest(properties = "heliosdb.path=target/configured.db")
	@EnableJdbcRepositories(considerNestedRepositories = true, basePackageClasses = TestApplication.class)
	@DirtiesContext
	static class DataJdbcSlice {

		@Autowired
		private Notes notes;

		@Autowired
		private DataSource dataSource;

		@Test
		void notesAreSaved() throws SQLException {
			Note saved = this.notes.save(new Note(null, "saved"));
			assertThat(this.notes.findById(saved.id())).contains(saved);
			assertThat(this.notes.findAll()).extracting(Note::text).containsExactly("from schema.sql", "saved");
			files.add(DatabaseFile.of(this.dataSource));
		}

	}

	@JdbcTest(properties = "spring.datasource.url=jdbc:heliosdb:target/configured.db?foreign_keys=off")
	@DirtiesContext
	static class SliceWithUrl {

		@Test
		void parametersAreKept(@Autowired JdbcClient jdbc, @Autowired DataSource dataSource) throws SQLException {
			assertThat(jdbc.sql("PRAGMA foreign_keys").query(Integer.class).single()).isZero();
			files.add(DatabaseFile.of(dataSource));
		}

	}

	@JdbcTest(properties = "heliosdb.path=target/configured.db")
	@AutoConfigureTestDatabase(replace = Replace.NONE)
	@DirtiesContext
	static class SliceOnTheConfiguredDatabase {

		@Test
		void theDatabaseIsUsed(@Autowired DataSource dataSource) throws SQLException {
			files.add(DatabaseFile.of(dataSource));
		}

	}

	@JdbcTest(properties = { "spring.datasource.url=jdbc:h2:mem:another", "spring.sql.init.mode=never" })
	@DirtiesContext
	static class SliceOfAnotherDatabase {

		@Test
		void itIsH2(@Autowired JdbcClient jdbc) {
			assertThat(jdbc.sql("SELECT h2version()").query(String.class).single()).isNotEmpty();
		}

	}

	@SpringBootTest(classes = TestApplication.class, properties = "heliosdb.path=target/configured.db")
	@AutoConfigureTestDatabase
	@DirtiesContext
	static class WholeApplication {

		@Test
		void itHasADatabase(@Autowired DataSource dataSource) throws SQLException {
			files.add(DatabaseFile.of(dataSource));
		}

	}

}
