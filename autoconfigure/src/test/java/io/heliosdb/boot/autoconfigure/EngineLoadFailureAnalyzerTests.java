package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EngineLoadFailureAnalyzer}, in a JVM of its own, since the engine is
 * loaded once in a JVM.
 */
class EngineLoadFailureAnalyzerTests {

	@TempDir
	private Path folder;

	@Test
	void explainsAFolderThatCannotBeWritten() throws Exception {
		Path occupied = Files.writeString(this.folder.resolve("occupied"), "not a folder");
		assertThat(start("--heliosdb.native-directory=" + occupied.resolve("bin"))).containsSubsequence(
				"APPLICATION FAILED TO START", "Description:", "HeliosDB's native engine", occupied.toString(),
				"Action:", "heliosdb.native-directory");
	}

	private String start(String property) throws IOException, InterruptedException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		Process process = new ProcessBuilder(
				List.of(java, "-cp", System.getProperty("java.class.path"), "--enable-native-access=ALL-UNNAMED",
						Application.class.getName(), property, "--heliosdb.path=" + this.folder.resolve("app.db")))
			.redirectErrorStream(true)
			.start();
		process.getOutputStream().close();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor()).isOne();
		return output;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		public static void main(String[] args) {
			SpringApplication application = new SpringApplication(Application.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			application.run(args);
		}

	}

}
