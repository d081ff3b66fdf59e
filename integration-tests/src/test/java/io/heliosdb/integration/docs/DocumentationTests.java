package io.heliosdb.integration.docs;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Every block of code in the documents: Java is compiled and run, SQL is executed,
 * properties and dependencies have to exist, and so have the scripts and files that
 * commands name.
 */
class DocumentationTests {

	/** What is compiled and not run, by its first line that is no annotation, and why. */
	private static final Map<String, String> COMPILED_ONLY = Map.of("class Notes {",
			"a bean of an application, as the quickstart has them", "EncryptionKeyProvider keys(KmsClient kms) {",
			"asks a key management service", "DatabaseEncryption shop =", "has the paths of a server",
			"QueryObservationConvention queryObservationConvention() {", "a bean that Micrometer calls",
			"class NoteTests {", "a test class, run by the tests of the starter for tests", "class Reports {",
			"a bean for a proxy: the tests of @AsOf run such");

	private static final Pattern NAME = Pattern.compile("\"name\": \"([^\"]+)\"");

	@TempDir
	Path folder;

	@TestFactory
	Stream<DynamicTest> code() throws IOException {
		return CodeBlock.all().stream().map((block) -> DynamicTest.dynamicTest(block.toString(), () -> check(block)));
	}

	@Test
	void whatIsNotRunIsThere() throws IOException {
		List<CodeBlock> blocks = CodeBlock.all();
		assertThat(COMPILED_ONLY.keySet())
			.allSatisfy((line) -> assertThat(blocks).anySatisfy((block) -> assertThat(block.code()).contains(line)));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			java       | jdbc.sql("SELECT 1").noSuchMethod();
			java       | jdbc.sql("SELECT * FROM no_such_table").query().listOfRows();
			sql        | SELECT * FORM city;
			yaml       | heliosdb.no-such-property: 1
			properties | heliosdb.no-such-property=1
			xml        | <dependency><groupId>io.heliosdb</groupId><artifactId>none</artifactId></dependency>
			xml        | <dependency>
			sh         | scripts/no-such-script
			sh         | if then
			pascal     | begin end.
			""")
	void wrongCodeIsFound(String language, String code) {
		assertThatThrownBy(() -> check(new CodeBlock("docs/none.md", "", 1, language, code + "\n"))).isNotNull();
		assertThat(CodeBlock.of("a.md", List.of("# A", "```" + language, code, "```")))
			.containsExactly(new CodeBlock("a.md", "A", 2, language, code + "\n"));
	}

	private void check(CodeBlock block) throws Exception {
		switch (block.language()) {
			case "java" -> java(block);
			case "sql" -> sql(block);
			case "yaml" -> properties(yaml(block.code()));
			case "properties" -> {
				Properties properties = new Properties();
				properties.load(new StringReader(block.code()));
				properties(properties);
			}
			case "xml" -> xml(block.code());
			case "sh", "shell" -> shell(block.code());
			// Output and drawings: there is nothing to run.
			case "text", "console" -> assertThat(block.code()).isNotBlank();
			default -> throw new IllegalArgumentException(
					"Nothing checks code in the language '" + block.language() + "': output and drawings are text");
		}
	}

	private void java(CodeBlock block) throws Exception {
		Path classes = Files.createTempDirectory(this.folder, "java");
		JavaSample sample = JavaSample.compile(block, classes);
		if (COMPILED_ONLY.keySet().stream().noneMatch(block.code()::contains)) {
			try {
				sample.run();
			}
			catch (SampleContext.Elided ex) {
				assertThat(block.code()).contains("…");
			}
			catch (Exception ex) {
				if (!isTooEarly(ex)) {
					throw ex;
				}
			}
		}
	}

	private void sql(CodeBlock block) throws Exception {
		Path database = Files.createTempDirectory(this.folder, "sql").resolve("app.db");
		try (Connection connection = new HeliosDataSource("jdbc:heliosdb:" + database).getConnection()) {
			SampleContext.fill(connection);
			if (!block.code().contains("CREATE TABLE docs") && block.code().contains("docs")) {
				execute(connection, "CREATE TABLE docs (id INTEGER PRIMARY KEY, lang TEXT, embedding VECTOR(384))");
			}
			// A command of the sqlite3 shell is none of SQL's.
			String statements = block.code().replaceAll("(?m)^\\..*$", "").replaceAll("(?m)--.*$", "");
			for (String statement : statements.split(";\\s*\n")) {
				if (statement.contains("PRAGMA heliosdb_tag")) {
					SampleContext.setTag(connection, "before-import", false);
				}
				execute(connection, statement);
				SampleContext.setTag(connection, "before-import", false);
				SampleContext.setTag(connection, "before-import", true);
			}
		}
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			Matcher parameter = Pattern.compile("\\?").matcher(sql);
			for (int i = 1; parameter.find(); i++) {
				String before = sql.substring(0, parameter.start());
				if (before.endsWith("TIMESTAMP ")) {
					statement.setObject(i, Instant.now());
				}
				else {
					statement.setObject(i, before.endsWith("id = ") ? 7 : SampleContext.embed("a"));
				}
			}
			statement.execute();
		}
		catch (SQLException ex) {
			if (!isTooEarly(ex)) {
				throw ex;
			}
		}
	}

	/** The documents' times are earlier than this database. */
	private static boolean isTooEarly(Exception failure) {
		return failure.getMessage().contains("is before the oldest point");
	}

	private static Properties yaml(String code) {
		YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
		yaml.setResources(new ByteArrayResource(code.getBytes(StandardCharsets.UTF_8)));
		return yaml.getObject();
	}

	private static void properties(Properties properties) throws IOException {
		Set<String> known = new HashSet<>();
		for (URL metadata : Collections.list(DocumentationTests.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream content = metadata.openStream()) {
				NAME.matcher(new String(content.readAllBytes(), StandardCharsets.UTF_8))
					.results()
					.forEach((name) -> known.add(name.group(1)));
			}
		}
		// HikariCP's own properties are bound to its class, which has no metadata.
		assertThat(properties.stringPropertyNames()).isNotEmpty()
			.allMatch((name) -> known.contains(name) || name.startsWith("spring.datasource.hikari."));
	}

	private static void xml(String code) throws Exception {
		Element root = DocumentBuilderFactory.newInstance()
			.newDocumentBuilder()
			.parse(new InputSource(new StringReader("<dependencies>" + code + "</dependencies>")))
			.getDocumentElement();
		NodeList dependencies = root.getElementsByTagName("dependency");
		assertThat(dependencies.getLength()).isPositive();
		for (int i = 0; i < dependencies.getLength(); i++) {
			Element dependency = (Element) dependencies.item(i);
			String artifact = dependency.getElementsByTagName("artifactId").item(0).getTextContent();
			if (dependency.getElementsByTagName("groupId").item(0).getTextContent().equals("io.heliosdb")) {
				assertThat(artifacts()).contains(artifact);
			}
		}
	}

	private static Set<String> artifacts() throws IOException {
		try (Stream<Path> modules = Files.list(CodeBlock.root())) {
			Set<String> artifacts = new TreeSet<>();
			for (Path pom : modules.map((module) -> module.resolve("pom.xml")).filter(Files::exists).toList()) {
				Matcher artifact = Pattern.compile("<artifactId>(heliosdb-[^<]+)</artifactId>")
					.matcher(Files.readString(pom).replaceFirst("(?s)<parent>.*</parent>", ""));
				if (artifact.find()) {
					artifacts.add(artifact.group(1));
				}
			}
			return artifacts;
		}
	}

	/** The shell's syntax, and that what it names in this repository is there. */
	private static void shell(String code) throws IOException, InterruptedException {
		Process shell = new ProcessBuilder("sh", "-n").redirectErrorStream(true).start();
		try (var input = shell.outputWriter(StandardCharsets.UTF_8)) {
			input.write(code);
		}
		String messages = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(shell.waitFor()).as(messages).isZero();
		String paths = Stream.of("scripts", "benchmarks", "samples", "docs", "engine-native")
			.map((directory) -> directory + "/[^\\s'\"]*")
			.collect(Collectors.joining("|", "(?<![\\w/])(?:", ")"));
		assertThat(Pattern.compile(paths)
			.matcher(code)
			.results()
			.map((path) -> path.group())
			.filter((path) -> !path.contains("/target/")))
			.allMatch((path) -> Files.exists(CodeBlock.root().resolve(path)));
	}

}
