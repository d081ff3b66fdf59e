package io.heliosdb.boot.test;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import javax.sql.DataSource;

import io.heliosdb.boot.test.HeliosDbTest.Scope;
import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

/** Tests of {@link HeliosDbTest}, by running test classes that have it. */
class HeliosDbTestTests {

	private static final Queue<Path> files = new ConcurrentLinkedQueue<>();

	private static final String NOTES = "io/heliosdb/boot/test/notes.sql";

	@AfterEach
	void forget() {
		files.clear();
	}

	@Test
	void eachTestHasItsOwnDatabase() {
		succeeds(OneEach.class, 4);
		assertThat(files).hasSize(4).doesNotHaveDuplicates().allSatisfy(HeliosDbTestTests::isGone);
	}

	@Test
	void testsInParallelDoNotMeet() {
		succeeds(InParallel.class, 20);
		assertThat(files).hasSize(20).doesNotHaveDuplicates().allSatisfy(HeliosDbTestTests::isGone);
	}

	@Test
	void allTestsOfAClassMayShareOne() {
		succeeds(Shared.class, 3);
		assertThat(files).hasSize(3).allSatisfy(HeliosDbTestTests::isGone);
		assertThat(files.stream().distinct()).hasSize(1);
	}

	@Test
	void nestedTestsTakeTheEnclosingClassesSettings() {
		succeeds(Enclosing.class, 1);
		assertThat(files).singleElement().satisfies(HeliosDbTestTests::isGone);
	}

	@Test
	void aDatabaseIsDeletedAfterAFailure() {
		run(Failing.class, 1).testEvents().assertStatistics((statistics) -> statistics.failed(1));
		assertThat(files).singleElement().satisfies(HeliosDbTestTests::isGone);
	}

	@Test
	void aScriptThatIsMissingIsNamed() {
		run(WithoutScript.class, 1).testEvents()
			.assertThatEvents()
			.haveExactly(1, event(finishedWithFailure(message((text) -> text.contains("missing.sql")))));
	}

	@Test
	void aDatabaseForAMethodIsNotThereBeforeAll() {
		run(TooEarly.class, 1).containerEvents()
			.assertThatEvents()
			.haveExactly(1, event(finishedWithFailure(message((text) -> text.contains("Scope.CLASS")))));
	}

	private static void isGone(Path file) {
		assertThat(file.getParent()).doesNotExist();
	}

	private static void succeeds(Class<?> testClass, int tests) {
		run(testClass, 4).testEvents().assertStatistics((statistics) -> statistics.succeeded(tests).failed(0));
	}

	private static EngineExecutionResults run(Class<?> testClass, int threads) {
		return EngineTestKit.engine("junit-jupiter")
			.selectors(selectClass(testClass))
			.configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
			.configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
			.configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "" + threads)
			.execute();
	}

	private static void add(DataSource dataSource, String text) throws SQLException {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			statement.executeUpdate("INSERT INTO note (text) VALUES ('" + text + "')");
		}
	}

	private static int count(DataSource dataSource, String table) throws SQLException {
		try (Connection connection = dataSource.getConnection();
				Statement statement = connection.createStatement();
				ResultSet count = statement.executeQuery("SELECT count(*) FROM " + table)) {
			count.next();
			return count.getInt(1);
		}
	}

	@HeliosDbTest(scripts = NOTES)
	static class OneEach {

		private final DataSource dataSource;

		OneEach(DataSource dataSource) {
			this.dataSource = dataSource;
		}

		@BeforeEach
		void write(DataSource dataSource) throws SQLException {
			add(dataSource, "first");
			files.add(DatabaseFile.of(dataSource));
		}

		@RepeatedTest(3)
		void nobodyElseWrote(DataSource dataSource) throws SQLException {
			assertThat(count(dataSource, "note")).isOne();
			assertThat(DatabaseFile.of(this.dataSource)).isEqualTo(DatabaseFile.of(dataSource));
			add(dataSource, "second");
		}

		@Test
		void thePastIsThere(HeliosDataSource dataSource) throws SQLException {
			add(dataSource, "second");
			assertThat(count(dataSource, "note AS OF SCN (SELECT max(scn) - 1 FROM heliosdb_commits)")).isOne();
			assertThat(count(dataSource, "note")).isEqualTo(2);
		}

	}

	@HeliosDbTest(scripts = NOTES, parameters = { "history=off", "synchronous=full" })
	@Execution(ExecutionMode.CONCURRENT)
	static class InParallel {

		@RepeatedTest(20)
		void nobodyElseWrote(DataSource dataSource) throws SQLException {
			for (int i = 0; i < 10; i++) {
				add(dataSource, "text");
			}
			assertThat(count(dataSource, "note")).isEqualTo(10);
			files.add(DatabaseFile.of(dataSource));
		}

	}

	@HeliosDbTest(scripts = NOTES, scope = Scope.CLASS)
	static class Shared {

		@BeforeAll
		static void write(DataSource dataSource) throws SQLException {
			add(dataSource, "before all");
		}

		@RepeatedTest(3)
		void rowsStay(DataSource dataSource) throws SQLException {
			add(dataSource, "test");
			files.add(DatabaseFile.of(dataSource));
			assertThat(count(dataSource, "note")).isEqualTo(1 + files.size());
		}

	}

	@HeliosDbTest(scripts = NOTES)
	static class Enclosing {

		@Nested
		class Inner {

			@Test
			void theTableIsThere(DataSource dataSource) throws SQLException {
				assertThat(count(dataSource, "note")).isZero();
				files.add(DatabaseFile.of(dataSource));
			}

		}

	}

	@HeliosDbTest(scripts = NOTES)
	static class Failing {

		@Test
		void fails(DataSource dataSource) throws SQLException {
			files.add(DatabaseFile.of(dataSource));
			assertThat(count(dataSource, "note")).isOne();
		}

	}

	@HeliosDbTest(scripts = "missing.sql")
	static class WithoutScript {

		@Test
		void fails(DataSource dataSource) {
			assertThat(dataSource).isNotNull();
		}

	}

	@HeliosDbTest
	static class TooEarly {

		@BeforeAll
		static void write(DataSource dataSource) {
			assertThat(dataSource).isNotNull();
		}

		@Test
		void isNotReached() {
			throw new AssertionError("Reached");
		}

	}

}
