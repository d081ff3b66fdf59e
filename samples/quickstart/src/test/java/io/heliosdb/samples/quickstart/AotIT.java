package io.heliosdb.samples.quickstart;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Starts the packaged jar with the beans that Spring's ahead-of-time processing wrote.
 */
class AotIT {

	@TempDir
	private Path directory;

	@Test
	void theProcessedApplicationLoadsAndServesTheDataSet() throws Exception {
		try (QuickstartProcess process = QuickstartProcess.start(this.directory,
				List.of("-Dspring.aot.enabled=true"))) {
			process.readyClient()
				.get()
				.uri("/cities")
				.exchange()
				.expectStatus()
				.isOk()
				.expectBody()
				.jsonPath("$.total")
				.isEqualTo(Dataset.CITIES.size());
			assertThat(process.output()).contains("Starting AOT-processed QuickstartApplication");
			process.stop();
		}
		assertThat(this.directory.resolve("quickstart.db")).exists();
	}

}
