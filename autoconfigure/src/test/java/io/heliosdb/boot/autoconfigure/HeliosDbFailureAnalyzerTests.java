package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/** Tests for {@link HeliosDbFailureAnalyzer}. */
class HeliosDbFailureAnalyzerTests {

	@TempDir
	private Path folder;

	@Test
	void explainsADatabaseOfAnotherProcess() throws IOException {
		Path file = this.folder.resolve("app.db");
		try (DatabaseHolder holder = DatabaseHolder.start(file)) {
			FailureAnalysis analysis = analyzeStart("heliosdb.path=" + file);
			assertThat(analysis.getDescription()).contains(file.getFileName().toString())
				.contains("in use by process " + holder.pid());
			assertThat(analysis.getAction()).contains("Stop the other process").contains("heliosdb.path");
		}
	}

	@Test
	void explainsADatabaseThatIsOpenUnderOtherSettings() throws SQLException {
		Path file = this.folder.resolve("app.db");
		try (HeliosDataSource other = new HeliosDataSource("jdbc:heliosdb:" + file + "?history=off");
				var connection = other.getConnection()) {
			assertThat(connection.isValid(1)).isTrue();
			assertThat(analyzeStart("heliosdb.path=" + file).getDescription()).contains("other settings")
				.contains("'history'");
		}
	}

	@Test
	void explainsAFileThatIsNoDatabase() throws IOException {
		Path file = Files.writeString(this.folder.resolve("notes.txt"), "not a database, by far. ".repeat(100));
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + file);
		assertThat(analysis.getDescription()).contains("notes.txt").contains("not a SQLite database");
		assertThat(analysis.getAction()).contains("heliosdb.path");
		assertThat(file).content().startsWith("not a database");
	}

	@Test
	void explainsAPathThatCannotBeOpened() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + this.folder);
		assertThat(analysis.getDescription()).contains(this.folder.getFileName().toString()).contains("folder");
		assertThat(analysis.getAction()).contains("folder").contains("heliosdb.path");
	}

	@Test
	void explainsAValueThatIsNotValid() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=:memory:",
				"heliosdb.connection-properties.transaction-mode=exclusive");
		assertThat(analysis.getDescription()).contains("'transaction_mode'").contains("immediate, deferred");
		assertThat(analysis.getAction()).contains("heliosdb.connection-properties");
	}

	@Test
	void explainsAParameterThatIsNotKnown() {
		assertThat(analyzeStart("spring.datasource.url=jdbc:heliosdb:mem:typo?bussy_timeout=1s").getDescription())
			.contains("'bussy_timeout'")
			.contains("'busy_timeout'");
	}

	@Test
	void explainsAPointThatDoesNotExist() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + existing(),
				"heliosdb.connection-properties.as-of=tag:nowhere");
		assertThat(analysis.getDescription()).contains("nowhere").contains("newest");
		assertThat(analysis.getAction()).contains("heliosdb.connection-properties");
	}

	@Test
	void explainsAPointThatIsMalformed() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + existing(),
				"heliosdb.connection-properties.as-of=scn:x");
		assertThat(analysis.getDescription()).contains("'as_of'").contains("scn:x");
		assertThat(analysis.getAction()).contains("heliosdb.connection-properties");
	}

	@Test
	void explainsAPointOfADatabaseWithoutHistory() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + existing(), "heliosdb.history.enabled=false",
				"heliosdb.connection-properties.as-of=scn:1");
		assertThat(analysis.getDescription()).contains("keeps no history");
		assertThat(analysis.getAction()).contains("as-of").contains("heliosdb.history.enabled");
	}

	@Test
	void explainsAKeyThatIsWrongOrMissingOrOfNoUse() {
		Path plain = existing();
		String key = "heliosdb.encryption.key=" + "5a".repeat(32);
		FailureAnalysis notEncrypted = analyzeStart("heliosdb.path=" + plain, key);
		assertThat(notEncrypted.getDescription()).contains("app.db").contains("is not encrypted");
		assertThat(notEncrypted.getAction()).contains("DatabaseEncryption.encrypt");

		String path = "heliosdb.path=" + this.folder.resolve("secret.db");
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class))
			.withPropertyValues(path, key)
			.run((context) -> assertThat(context).hasNotFailed());
		FailureAnalysis wrong = analyzeStart(path, "heliosdb.encryption.key=" + "a5".repeat(32));
		assertThat(wrong.getDescription()).contains("secret.db").contains("cannot be decrypted with this key");
		assertThat(wrong.getAction()).contains("heliosdb.encryption.key").contains("Nothing was changed");
		FailureAnalysis missing = analyzeStart(path);
		assertThat(missing.getDescription()).contains("secret.db").contains("no key was given");
		assertThat(missing.getAction()).contains("EncryptionKeyProvider");
	}

	@Test
	void explainsAKeyFileThatCannotBeRead() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + this.folder.resolve("secret.db"),
				"heliosdb.encryption.key-file=" + this.folder.resolve("none.key"));
		assertThat(analysis.getDescription()).contains("none.key").contains("cannot be read");
		assertThat(analysis.getAction()).contains("heliosdb.encryption.key-file");
	}

	@Test
	void explainsAKeyThatIsNone() {
		FailureAnalysis analysis = analyzeStart("heliosdb.path=" + this.folder.resolve("secret.db"),
				"heliosdb.encryption.key=sesame");
		assertThat(analysis.getDescription()).contains("64 hexadecimal digits").doesNotContain("sesame");
	}

	private Path existing() {
		Path file = this.folder.resolve("app.db");
		try (HeliosDataSource dataSource = new HeliosDataSource("jdbc:heliosdb:" + file);
				var connection = dataSource.getConnection();
				var statement = connection.createStatement()) {
			statement.execute("CREATE TABLE t (a)");
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return file;
	}

	@Test
	void explainsTheFailureOfAPoolOfTheUsersOwn() throws IOException {
		Path file = Files.writeString(this.folder.resolve("notes.txt"), "not a database, by far. ".repeat(100));
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl("jdbc:heliosdb:" + file);
			FailureAnalysis analysis = analyze(catchThrowable(pool::getConnection));
			assertThat(analysis.getDescription()).contains("not a SQLite database");
		}
	}

	@Test
	void explainsTheFailureOfAPoolThatTimedOut() throws IOException {
		Path file = Files.writeString(this.folder.resolve("notes.txt"), "not a database, by far. ".repeat(100));
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl("jdbc:heliosdb:" + file);
			pool.setInitializationFailTimeout(-1);
			pool.setConnectionTimeout(250);
			FailureAnalysis analysis = analyze(catchThrowable(pool::getConnection));
			assertThat(analysis.getDescription()).contains("not a SQLite database");
		}
	}

	@Test
	void doesNotExplainTheSameCodesOfAnotherDriver() {
		assertThat(new HeliosDbFailureAnalyzer().analyze(new SQLException("Unknown table", "42S02", 1051))).isNull();
	}

	@Test
	void doesNotExplainAStatementThatFailed() throws SQLException {
		try (HeliosDataSource dataSource = new HeliosDataSource("jdbc:heliosdb::memory:");
				var connection = dataSource.getConnection();
				var statement = connection.createStatement()) {
			Throwable failure = catchThrowable(() -> statement.execute("SELECT * FROM nowhere"));
			assertThat(failure).isInstanceOf(SQLException.class);
			assertThat(new HeliosDbFailureAnalyzer().analyze(failure)).isNull();
		}
	}

	private static FailureAnalysis analyzeStart(String... properties) {
		Throwable[] failure = new Throwable[1];
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class))
			.withPropertyValues(properties)
			.run((context) -> failure[0] = context.getStartupFailure());
		return analyze(failure[0]);
	}

	private static FailureAnalysis analyze(Throwable failure) {
		assertThat(failure).isNotNull();
		FailureAnalysis analysis = new HeliosDbFailureAnalyzer().analyze(failure);
		assertThat(analysis).as("analysis of " + failure).isNotNull();
		return analysis;
	}

}
