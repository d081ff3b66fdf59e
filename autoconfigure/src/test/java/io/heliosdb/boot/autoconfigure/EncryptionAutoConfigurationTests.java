package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.jdbc.EncryptionKey;
import io.heliosdb.jdbc.EncryptionKeyProvider;
import io.heliosdb.jdbc.PointInTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/** Encryption at rest by properties and by a bean. */
@ExtendWith(OutputCaptureExtension.class)
class EncryptionAutoConfigurationTests {

	private static final byte[] KEY = HexFormat.of().parseHex("c3".repeat(32));

	private static final String HEX = HexFormat.of().formatHex(KEY);

	@TempDir
	private Path folder;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbTimeTravelAutoConfiguration.class,
							DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class))
			.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	private void writeAndTravel(ApplicationContextRunner runner) {
		runner.run((context) -> {
			JdbcTemplate jdbc = context.getBean(JdbcTemplate.class);
			jdbc.execute("CREATE TABLE IF NOT EXISTS known_city (name TEXT)");
			jdbc.update("INSERT INTO known_city VALUES ('Oslo')");
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			PointInTime point = PointInTime.scn(repository.currentScn());
			jdbc.update("DELETE FROM known_city");
			assertThat(repository.asOf(point).sql("SELECT name FROM known_city").query(String.class).single())
				.isEqualTo("Oslo");
			assertNothingShows();
		});
		assertNothingShows();
	}

	private void assertNothingShows() {
		try (Stream<Path> list = Files.list(this.folder)) {
			for (Path path : list.toList()) {
				assertThat(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1)).as(path.toString())
					.doesNotContain("known_city", "Oslo", "SQLite format");
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aKeyEncryptsTheDatabaseAndItsPast(CapturedOutput output) {
		writeAndTravel(runner().withPropertyValues("heliosdb.encryption.key=" + HEX));
		assertThat(output).doesNotContain(HEX);
	}

	@Test
	void aKeyComesFromTheEnvironment() {
		writeAndTravel(runner().withInitializer((context) -> TestPropertyValues.of("HELIOSDB_ENCRYPTION_KEY=" + HEX)
			.applyTo(context.getEnvironment(), TestPropertyValues.Type.SYSTEM_ENVIRONMENT)));
		runner().withPropertyValues("heliosdb.encryption.key=" + HEX)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aKeyFileEncryptsTheDatabase() throws IOException {
		Path file = Files.write(Files.createTempFile("app", ".key"), KEY);
		try {
			writeAndTravel(runner().withPropertyValues("heliosdb.encryption.key-file=" + file));
		}
		finally {
			Files.delete(file);
		}
	}

	@Test
	void aBeanProvidesTheKey() {
		writeAndTravel(runner().withBean(EncryptionKeyProvider.class, () -> (database) -> EncryptionKey.ofRawKey(KEY)));
		runner().withPropertyValues("heliosdb.encryption.key=" + HEX)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void thereIsOneSourceOfTheKey() {
		runner().withPropertyValues("heliosdb.encryption.key=" + HEX, "heliosdb.encryption.passphrase=sesame")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(MutuallyExclusiveConfigurationPropertiesException.class)
				.hasMessageContaining("heliosdb.encryption.passphrase")
				.hasMessageNotContaining("sesame"));
		runner().withPropertyValues("heliosdb.encryption.key=" + HEX)
			.withBean(EncryptionKeyProvider.class, () -> (database) -> EncryptionKey.ofRawKey(KEY))
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("heliosdb.encryption.key is set, and there is a bean"));
		assertThat(this.folder).isEmptyDirectory();
	}

}
