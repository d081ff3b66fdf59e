package io.heliosdb.samples.semanticsearch;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The packaged jar, used by a person: with a browser.
 */
class SemanticSearchIT {

	private static final Duration DEADLINE = Duration.ofMinutes(2);

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final Map<String, String> DOCUMENTS = Map.of("animals.md", """
			# Pets

			## Cats

			A kitten purrs when somebody strokes it.

			## Dogs

			A puppy wants to go for a walk twice a day.
			""", "garage.txt", "The engine of the car does not start when its battery is empty.", "errors.md", """
			# Messages

			## Pressure

			The pump reports that its pressure is too high: open the valve. See QX-17.

			## Code ZK-4711

			Ask the manufacturer.

			## What codes mean

			A code names the reason of an error. The meaning of each code is in the manual of the device.
			""", "script.md", """
			# Attack

			A page must not run this: <img src="none" onerror="document.title = 'attacked'"> by any means.
			""");

	@TempDir
	static Path folder;

	@TempDir
	static Path data;

	private static Process application;

	private static Path log;

	private static String address;

	private static ChromeDriver browser;

	@BeforeAll
	static void start() throws IOException {
		for (Map.Entry<String, String> document : DOCUMENTS.entrySet()) {
			Files.writeString(folder.resolve(document.getKey()), document.getValue());
		}
		log = data.resolve("application.log");
		application = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
				System.getProperty("semantic-search.jar"), "--server.port=0",
				"--heliosdb.path=" + data.resolve("index.db"), "--semantic-search.folder=" + folder)
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		ChromeOptions options = new ChromeOptions();
		options.setBinary(executable("chromium", "chromium-browser", "google-chrome", "chrome"));
		// Without a sandbox, as the tests may run as root; they open no foreign page.
		options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage");
		browser = new ChromeDriver(
				new ChromeDriverService.Builder().usingDriverExecutable(executable("chromedriver")).build(), options);
		address = "http://localhost:" + port();
		open("/");
		waiting().until(ExpectedConditions.textToBe(By.id("summary"), DOCUMENTS.size() + " files indexed"));
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.quit();
		}
		if (application != null) {
			application.destroy();
			application.onExit().join();
		}
	}

	@Test
	void passageIsFoundByItsMeaning() {
		open("/");
		search("my vehicle broke down");
		assertThat(texts("#results .file").get(0)).isEqualTo("garage.txt");
		assertThat(texts("#results mark")).isEmpty();
		search("Battery");
		assertThat(texts("#results li:first-child mark")).containsExactly("battery");
		search("baby feline");
		assertThat(texts("#results h2").get(0)).isEqualTo("Pets › Cats");
		assertThat(browser.getCurrentUrl()).endsWith("?q=baby+feline");
	}

	@Test
	void addressOfASearchLeadsToIt() {
		open("/?q=baby+feline&path=animals.md&hybrid=true");
		waiting().until(ExpectedConditions.textToBe(By.cssSelector("#results h2"), "Pets › Cats"));
		assertThat(browser.findElement(By.id("q")).getDomProperty("value")).isEqualTo("baby feline");
		assertThat(browser.findElement(By.id("hybrid")).isSelected()).isTrue();
		assertThat(texts("#results .file")).containsOnly("animals.md");
	}

	@Test
	void hybridSearchFindsAWordThatHasNoMeaning() {
		open("/");
		search("young canine outdoors QX-17");
		assertThat(texts("#results h2").get(0)).isEqualTo("Pets › Dogs");
		browser.findElement(By.id("hybrid")).click();
		waiting().until(ExpectedConditions.textToBe(By.cssSelector("#results h2"), "Messages › Pressure"));
		assertThat(texts("#results .text").get(0)).contains("QX-17");
	}

	@Test
	void filtersRestrictTheResults() {
		open("/");
		search("animals");
		new Select(browser.findElement(By.id("kind"))).selectByValue("TEXT");
		waiting().until(ExpectedConditions.numberOfElementsToBe(By.cssSelector("#results li"), 1));
		assertThat(texts("#results .file")).containsExactly("garage.txt");
		new Select(browser.findElement(By.id("kind"))).selectByValue("");
		new Select(browser.findElement(By.id("path"))).selectByValue("errors.md");
		waiting().until(ExpectedConditions.numberOfElementsToBe(By.cssSelector("#results li"), 3));
		assertThat(texts("#results .file")).containsOnly("errors.md");
	}

	@Test
	void timeBeforeAllHistoryIsExplained() {
		open("/?q=animals&asOf=2020-01-01T00:00:00");
		waiting().until(ExpectedConditions.textMatches(By.id("message"), Pattern.compile("before the oldest point")));
		assertThat(texts("#results li")).isEmpty();
	}

	@Test
	void textOfADocumentStaysText() {
		open("/");
		search("attack on a page");
		assertThat(texts("#results .text").get(0)).contains("<img src=\"none\" onerror=");
		assertThat(browser.findElements(By.cssSelector("#results img"))).isEmpty();
		assertThat(browser.getTitle()).isEqualTo("Semantic search");
	}

	@Test
	void indexingShowsItsProgressAndCanBeCancelled() throws IOException {
		Path many = Files.createDirectory(folder.resolve("many"));
		String passages = "# A heading\n\nSome words that the model has to read.\n\n".repeat(400);
		for (int i = 0; i < 20; i++) {
			Files.writeString(many.resolve(i + ".md"), passages);
		}
		open("/");
		browser.findElement(By.id("refresh")).click();
		waiting().until(ExpectedConditions.textMatches(By.id("state"),
				Pattern.compile("Indexing many/\\d+\\.md, \\d+ of 24 files")));
		search("baby feline");
		assertThat(texts("#results h2").get(0)).isEqualTo("Pets › Cats");
		browser.findElement(By.id("cancel")).click();
		waiting().until(ExpectedConditions.textMatches(By.id("state"), Pattern.compile("Indexing was cancelled")));
		try (Stream<Path> files = Files.list(many)) {
			for (Path file : files.toList()) {
				Files.delete(file);
			}
		}
		Files.delete(many);
		browser.findElement(By.id("refresh")).click();
		waiting().until(ExpectedConditions.textToBe(By.id("summary"), DOCUMENTS.size() + " files indexed"));
		waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.id("indexing")));
	}

	private static void open(String path) {
		browser.get(address + path);
	}

	/** Searches, and waits for the answer. */
	private static void search(String question) {
		WebElement field = browser.findElement(By.id("q"));
		field.clear();
		field.sendKeys(question, Keys.ENTER);
		waiting()
			.until((driver) -> question.equals(driver.findElement(By.id("results")).getDomAttribute("data-question"))
					&& !driver.findElements(By.cssSelector("#results li")).isEmpty());
	}

	private static List<String> texts(String selector) {
		return browser.findElements(By.cssSelector(selector)).stream().map(WebElement::getText).toList();
	}

	private static WebDriverWait waiting() {
		return new WebDriverWait(browser, DEADLINE, Duration.ofMillis(50));
	}

	private static int port() {
		MatchResult found = Awaitility.await()
			.atMost(DEADLINE)
			.failFast(() -> assertThat(application.isAlive()).as(SemanticSearchIT::output).isTrue())
			.until(() -> PORT.matcher(output()).results().findFirst(), Optional::isPresent)
			.orElseThrow();
		return Integer.parseInt(found.group(1));
	}

	private static String output() {
		try {
			return Files.readString(log, StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static File executable(String... names) {
		return Stream.of(names)
			.flatMap((name) -> Stream.of(name, name + ".exe"))
			.flatMap((name) -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
				.map((directory) -> new File(directory, name)))
			.filter(File::canExecute)
			.findFirst()
			.orElseThrow(() -> new IllegalStateException("There is no " + names[0]
					+ " on the path: the page is tested in a real browser. On Debian: apt-get install chromium chromium-driver"));
	}

}
