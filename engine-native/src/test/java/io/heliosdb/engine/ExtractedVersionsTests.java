package io.heliosdb.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link ExtractedVersions}. */
class ExtractedVersionsTests {

	private static final Duration LONG_AGO = Duration.ofDays(31);

	@TempDir
	private Path directory;

	private Path version(String name, Duration unused) throws Exception {
		Path version = Files.createDirectories(this.directory.resolve(name));
		Files.writeString(version.resolve("heliosdb-nano-linux-x86_64.so"), name);
		ExtractedVersions.use(version);
		setUnused(version, unused);
		return version;
	}

	private void setUnused(Path version, Duration unused) throws Exception {
		Files.setLastModifiedTime(version.resolve("last-used"), FileTime.from(Instant.now().minus(unused)));
	}

	@Test
	void versionThatWasNotUsedForLongGoesWhenAnotherIsUsed() throws Exception {
		Path recent = version("3.1.0", Duration.ofDays(29));
		Path old = version("3.0.0", LONG_AGO);
		assertThat(old).exists();
		version("3.2.0", Duration.ZERO);
		assertThat(old).doesNotExist();
		assertThat(recent).exists();
	}

	@Test
	void useIsNotedOnceADay() throws Exception {
		Path version = version("3.0.0", Duration.ofHours(1));
		FileTime noted = Files.getLastModifiedTime(version.resolve("last-used"));
		ExtractedVersions.use(version);
		assertThat(Files.getLastModifiedTime(version.resolve("last-used"))).isEqualTo(noted);
		setUnused(version, Duration.ofDays(2));
		ExtractedVersions.use(version);
		assertThat(Files.getLastModifiedTime(version.resolve("last-used"))).isGreaterThan(noted);
	}

	@Test
	void whatIsNotOfTheEngineStays() throws Exception {
		Path old = version("3.0.0", LONG_AGO);
		Path document = Files.writeString(old.resolve("notes.txt"), "mine");
		Path other = Files.createDirectories(this.directory.resolve("other"));
		Files.setLastModifiedTime(other, FileTime.from(Instant.now().minus(LONG_AGO)));
		version("3.1.0", Duration.ZERO);
		assertThat(old.resolve("heliosdb-nano-linux-x86_64.so")).doesNotExist();
		assertThat(document).exists();
		assertThat(other).exists();
	}

	@Test
	void folderThatDoesNotExistIsNoFailure() {
		ExtractedVersions.use(this.directory.resolve("none"));
		assertThat(this.directory).isEmptyDirectory();
	}

}
