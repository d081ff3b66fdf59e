package io.heliosdb.samples.timetravel;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class StoryTests {

	@TempDir
	private Path directory;

	@Test
	void storyEndsWhereItBegan(CapturedOutput output) {
		run();
		assertThat(output).contains("13,503 cities are loaded")
			.containsPattern("INSERT by SCN \\d+ +517,802")
			.containsPattern("UPDATE by SCN \\d+ +258,901")
			.contains("differences to the tag: 0");
	}

	@Test
	void storyCanBeToldAgain(CapturedOutput output) {
		run();
		run();
		assertThat(output.getOut().split("differences to the tag: 0", -1)).hasSize(3);
	}

	private void run() {
		try (ConfigurableApplicationContext context = SpringApplication.run(TimeTravelApplication.class,
				"--heliosdb.path=" + this.directory.resolve("story.db"))) {
			assertThat(context.isRunning()).isTrue();
		}
	}

}
