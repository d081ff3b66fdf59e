package io.heliosdb.engine;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** What GraalVM has to know of the engine, compared with what its C code looks up. */
class NativeImageMetadataTests {

	private static final String METADATA = "/META-INF/native-image/io.heliosdb/heliosdb-engine-native/reachability-metadata.json";

	private static final Pattern METHOD = Pattern
		.compile("Get(?:Static)?MethodID\\([^;]*?\"([\\w<>]+)\",\\s*\"(\\([^\"]*\\)[^\"]*)\"");

	private static final Pattern CLASS = Pattern.compile("FindClass\\([^\"]*\"([^\"]+)\"");

	@Test
	void everyMethodThatNativeCodeCallsIsListed() throws Exception {
		List<String> called = inNativeCode(METHOD)
			.map((match) -> match.group(1)
					+ MethodType.fromMethodDescriptorString(match.group(2), loader()).parameterList())
			.distinct()
			.toList();
		assertThat(called).isNotEmpty();
		assertThat(called).allSatisfy((method) -> assertThat(listedMethods()).contains(method));
	}

	@Test
	void everyClassThatNativeCodeFindsIsListed() throws Exception {
		List<String> types = new ArrayList<>();
		metadata().get("reflection").forEach((entry) -> {
			assertThat(entry.get("jniAccessible").asBoolean()).isTrue();
			types.add(entry.get("type").asString());
		});
		assertThat(inNativeCode(CLASS).map((match) -> match.group(1).replace('/', '.'))).isNotEmpty()
			.allSatisfy((type) -> assertThat(types).contains(type));
	}

	@Test
	void everyMethodThatNativeCodeLooksUpIsSeenByThisTest() throws Exception {
		assertThat(inNativeCode(METHOD).count())
			.isEqualTo(inNativeCode(Pattern.compile("Get(?:Static)?MethodID\\(")).count());
		assertThat(inNativeCode(CLASS).count()).isEqualTo(inNativeCode(Pattern.compile("FindClass\\(")).count());
		assertThat(inNativeCode(Pattern.compile("Get(?:Static)?FieldID\\(|ThrowNew\\(|NewObject\\("))).isEmpty();
	}

	@Test
	void theLibraryAndItsPropertiesAreListed() throws Exception {
		List<String> globs = new ArrayList<>();
		metadata().get("resources").forEach((resource) -> globs.add(resource.get("glob").asString()));
		assertThat(globs).containsExactly("io/heliosdb/engine/engine.properties", "io/heliosdb/engine/native/*");
		assertThat(Engine.class.getResource("engine.properties")).isNotNull();
		assertThat(Engine.class.getResource("native/" + Platform.current().libraryName())).isNotNull();
	}

	/** Each is looked up, so that one that is no more fails the test. */
	private static List<String> listedMethods() throws Exception {
		List<String> methods = new ArrayList<>();
		for (JsonNode entry : metadata().get("reflection")) {
			Class<?> type = Class.forName(entry.get("type").asString());
			for (JsonNode method : entry.get("methods")) {
				String name = method.get("name").asString();
				List<String> parameters = new ArrayList<>();
				method.get("parameterTypes").forEach((parameter) -> parameters.add(parameter.asString()));
				List<Class<?>> found = Arrays.stream(type.getDeclaredMethods())
					.filter((candidate) -> candidate.getName().equals(name))
					.map((candidate) -> List.of(candidate.getParameterTypes()))
					.filter((types) -> types.stream().map(Class::getTypeName).toList().equals(parameters))
					.findFirst()
					.orElseThrow(() -> new AssertionError("There is no " + name + parameters + " in " + type));
				methods.add(name + found);
			}
		}
		return methods;
	}

	private static Stream<MatchResult> inNativeCode(Pattern pattern) throws IOException {
		List<MatchResult> matches = new ArrayList<>();
		try (Stream<Path> files = Files.walk(Path.of("src/main/c"))) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".c")).sorted().toList()) {
				matches.addAll(pattern.matcher(Files.readString(file)).results().toList());
			}
		}
		return matches.stream();
	}

	private static JsonNode metadata() throws IOException {
		try (InputStream json = NativeImageMetadataTests.class.getResourceAsStream(METADATA)) {
			return JsonMapper.shared().readTree(json);
		}
	}

	private static ClassLoader loader() {
		return NativeImageMetadataTests.class.getClassLoader();
	}

}
