package io.heliosdb.samples.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Stops and kills the packaged jar and starts it again on the same database.
 */
class RestartIT {

	private static final String LOADED = "Loaded " + Dataset.ROWS + " rows";

	@TempDir
	private Path directory;

	@Test
	void restartKeepsWritesAndDoesNotLoadAgain() throws Exception {
		long id;
		try (QuickstartProcess process = QuickstartProcess.start(this.directory)) {
			id = addCity(process.readyClient());
			assertThat(process.output()).contains(LOADED);
			process.stop();
		}
		try (QuickstartProcess process = QuickstartProcess.start(this.directory)) {
			assertThatCitiesAreComplete(process.readyClient(), id);
			assertThat(process.output()).doesNotContain(LOADED);
		}
	}

	@Test
	void killKeepsWhatWasAcknowledged() throws Exception {
		long id;
		try (QuickstartProcess process = QuickstartProcess.start(this.directory)) {
			id = addCity(process.readyClient());
			process.kill();
		}
		try (QuickstartProcess process = QuickstartProcess.start(this.directory)) {
			assertThatCitiesAreComplete(process.readyClient(), id);
			assertThat(process.output()).doesNotContain(LOADED);
		}
	}

	@Test
	void killedLoadBeginsAnew() throws Exception {
		try (HalfDataset half = new HalfDataset();
				QuickstartProcess process = QuickstartProcess.start(this.directory,
						"--quickstart.dataset=" + half.uri())) {
			process.awaitOutput(Pattern.compile("of %d rows, at cities.csv".formatted(Dataset.ROWS)));
			process.client()
				.get()
				.uri("/actuator/health/readiness")
				.exchange()
				.expectStatus()
				.isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
			process.kill();
		}
		try (QuickstartProcess process = QuickstartProcess.start(this.directory)) {
			RestTestClient client = process.readyClient();
			assertThat(process.output()).contains(LOADED);
			assertThatCitiesAreComplete(client, addCity(client));
		}
	}

	private static long addCity(RestTestClient client) {
		return client.post()
			.uri("/cities")
			.body(new NewCity("Atlantis", "DE.16", 52.5, 13.4, 1000L))
			.exchange()
			.expectStatus()
			.isCreated()
			.expectBody(City.class)
			.returnResult()
			.getResponseBody()
			.id();
	}

	private static void assertThatCitiesAreComplete(RestTestClient client, long addedId) {
		client.get()
			.uri("/cities/{id}", addedId)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.name")
			.isEqualTo("Atlantis");
		client.get()
			.uri("/cities")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.total")
			.isEqualTo(Dataset.CITIES.size() + 1);
	}

	/**
	 * Serves the data set, but when the cities are read to be inserted sends only half of
	 * them and then nothing more, so that the load neither ends nor fails.
	 */
	private static final class HalfDataset implements AutoCloseable {

		private final ExecutorService threads = Executors.newCachedThreadPool();

		private final CountDownLatch closed = new CountDownLatch(1);

		private final AtomicInteger readsOfCities = new AtomicInteger();

		private final HttpServer server;

		HalfDataset() throws IOException {
			this.server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
			this.server.createContext("/", this::handle);
			this.server.setExecutor(this.threads);
			this.server.start();
		}

		String uri() {
			return "http://localhost:" + this.server.getAddress().getPort() + "/";
		}

		private void handle(HttpExchange exchange) throws IOException {
			String file = exchange.getRequestURI().getPath();
			try (exchange; InputStream content = getClass().getResourceAsStream("/dataset" + file)) {
				byte[] bytes = content.readAllBytes();
				exchange.sendResponseHeaders(HttpStatus.OK.value(), bytes.length);
				// The first request is for the count of the rows.
				if (file.equals("/cities.csv") && this.readsOfCities.incrementAndGet() == 2) {
					exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
					exchange.getResponseBody().flush();
					this.closed.await();
				}
				else {
					exchange.getResponseBody().write(bytes);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void close() {
			this.closed.countDown();
			this.server.stop(0);
			this.threads.shutdown();
		}

	}

}
