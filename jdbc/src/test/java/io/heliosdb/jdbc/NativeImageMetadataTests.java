package io.heliosdb.jdbc;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What GraalVM has to know of the driver, compared with the driver's sources. */
class NativeImageMetadataTests {

	private static final String METADATA = "/META-INF/native-image/io.heliosdb/heliosdb-jdbc/reachability-metadata.json";

	private static final Pattern PROXY = Pattern
		.compile("newProxyInstance\\([^;]*?new Class<\\?>\\[\\] \\{ (\\w+)\\.class \\}");

	@Test
	void theDriverIsListedAsItIsRegistered() throws Exception {
		try (InputStream services = getClass().getResourceAsStream("/META-INF/services/java.sql.Driver")) {
			String driver = new String(services.readAllBytes(), StandardCharsets.UTF_8).strip();
			assertThat(metadata()).contains("\"type\": \"" + driver + "\"");
			assertThat(Class.forName(driver)).hasDeclaredMethods("connect");
		}
	}

	@Test
	void everyProxyIsListed() throws Exception {
		List<String> proxies = new ArrayList<>();
		int calls = 0;
		try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".java")).toList()) {
				String source = Files.readString(file);
				calls += source.split("newProxyInstance\\(", -1).length - 1;
				PROXY.matcher(source).results().map((MatchResult match) -> match.group(1)).forEach(proxies::add);
			}
		}
		assertThat(proxies).isNotEmpty().hasSize(calls);
		String metadata = metadata();
		assertThat(proxies)
			.allSatisfy((type) -> assertThat(metadata).containsPattern("\"proxy\": \\[\"[\\w.]+\\." + type + "\"\\]"));
	}

	private static String metadata() throws Exception {
		try (InputStream json = NativeImageMetadataTests.class.getResourceAsStream(METADATA)) {
			return new String(json.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
