package io.heliosdb.samples.timetravel;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged jar, run as its users run it.
 */
class TimeTravelIT {

	private static final long DEADLINE_MINUTES = 3;

	@TempDir
	private Path directory;

	@Test
	void jarTellsTheStoryAndEnds() throws Exception {
		Path log = this.directory.resolve("story.log");
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
				System.getProperty("time-travel.jar"))
			.directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			boolean ended = process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES);
			String output = Files.readString(log, StandardCharsets.UTF_8);
			assertThat(ended).as(output).isTrue();
			assertThat(process.exitValue()).as(output).isZero();
			assertThat(output).contains("differences to the tag: 0").doesNotContain("WARN");
			assertThat(this.directory.resolve("time-travel.db")).isNotEmptyFile();
		}
		finally {
			process.destroyForcibly();
		}
	}

}
