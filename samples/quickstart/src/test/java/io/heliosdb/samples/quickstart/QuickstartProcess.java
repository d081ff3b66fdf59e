package io.heliosdb.samples.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged jar, run as its users run it: in a process of its own, by the Java that
 * runs the tests.
 */
final class QuickstartProcess implements AutoCloseable {

	private static final Duration DEADLINE = Duration.ofMinutes(3);

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private final Process process;

	private final Path log;

	private QuickstartProcess(Process process, Path log) {
		this.process = process;
		this.log = log;
	}

	/**
	 * Start the jar on the database of a directory.
	 */
	static QuickstartProcess start(Path directory, String... arguments) throws IOException {
		return start(directory, List.of(), arguments);
	}

	/**
	 * Start the jar on the database of a directory, with options of Java's.
	 */
	static QuickstartProcess start(Path directory, List<String> options, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(options);
		command.addAll(List.of("-jar", System.getProperty("quickstart.jar"), "--server.port=0"));
		command.addAll(List.of(arguments));
		Path log = Files.createTempFile(directory, "quickstart", ".log");
		Process process = new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		return new QuickstartProcess(process, log);
	}

	/**
	 * Wait until the server listens.
	 */
	RestTestClient client() {
		JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory();
		requests.setReadTimeout(DEADLINE);
		return RestTestClient.bindToServer(requests).baseUrl("http://localhost:" + awaitOutput(PORT).group(1)).build();
	}

	/**
	 * Wait until the data set is loaded.
	 */
	RestTestClient readyClient() {
		RestTestClient client = client();
		await().until(() -> client.get()
			.uri("/actuator/health/readiness")
			.exchange()
			.returnResult()
			.getStatus()
			.is2xxSuccessful());
		return client;
	}

	MatchResult awaitOutput(Pattern pattern) {
		return await().until(() -> pattern.matcher(output()).results().findFirst(), Optional::isPresent).orElseThrow();
	}

	String output() {
		try {
			return new String(Files.readAllBytes(this.log), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Stop the process as Ctrl-C does.
	 */
	void stop() {
		this.process.destroy();
		awaitEnd();
	}

	/**
	 * Kill the process, which gets no chance to do anything more.
	 */
	void kill() {
		this.process.destroyForcibly();
		awaitEnd();
	}

	@Override
	public void close() {
		kill();
	}

	private void awaitEnd() {
		this.process.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
	}

	private ConditionFactory await() {
		return Awaitility.await()
			.atMost(DEADLINE)
			.failFast(() -> assertThat(this.process.isAlive()).as(this::output).isTrue());
	}

}
