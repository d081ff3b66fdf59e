package io.heliosdb.engine;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the engine's loading in processes of their own: what they find, what they
 * leave, what they say.
 */
class LoadingTests {

	private static final int JVMS = 20;

	@TempDir
	private Path directory;

	/** Loads the engine and prints its version, or why it cannot. */
	static final class Loader {

		private Loader() {
		}

		public static void main(String[] arguments) {
			try {
				Engine engine = Engine.load(Path.of(arguments[0]));
				System.out.println("loaded " + engine.version() + " on " + engine.sqliteVersion());
			}
			catch (EngineLoadException ex) {
				System.out.println(ex.getMessage());
			}
		}

	}

	private static String classPath() {
		return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
	}

	private Process start(Path nativeDirectory, String... options) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
						"-Xmx64m", "--enable-native-access=ALL-UNNAMED",
						"-Djava.io.tmpdir=" + Files.createDirectories(this.directory.resolve("tmp"))));
		command.addAll(List.of(options));
		command.addAll(List.of("-cp", classPath(), Loader.class.getName(), nativeDirectory.toString()));
		return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
	}

	private String output(Process process) throws Exception {
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).as(output).isZero();
		return output;
	}

	private String load(Path nativeDirectory, String... options) throws Exception {
		return output(start(nativeDirectory, options));
	}

	/** Relative names and times of change. */
	private static Map<String, Object> files(Path folder) throws IOException {
		Map<String, Object> files = new TreeMap<>();
		Files.walkFileTree(folder, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
				files.put(file.getFileName().toString(), attributes.lastModifiedTime());
				return FileVisitResult.CONTINUE;
			}

		});
		return files;
	}

	@Test
	void manyProcessesStartAtOnceWithNothingExtracted() throws Exception {
		Path folder = this.directory.resolve("bin");
		List<Process> processes = new ArrayList<>();
		for (int i = 0; i < JVMS; i++) {
			processes.add(start(folder));
		}
		for (Process process : processes) {
			assertThat(output(process)).startsWith("loaded 3.");
		}
		assertThat(files(folder).keySet()).hasSize(3).contains("last-used", Platform.current().libraryName());
	}

	@Test
	void nothingIsExtractedTwiceNorLeftInTheTemporaryFolder() throws Exception {
		Path folder = this.directory.resolve("bin of äö");
		assertThat(load(folder)).startsWith("loaded 3.");
		Map<String, Object> first = files(folder);
		assertThat(load(folder)).startsWith("loaded 3.");
		assertThat(files(folder)).isEqualTo(first);
		assertThat(files(this.directory.resolve("tmp"))).isEmpty();
	}

	@Test
	void damagedLibraryOfSqliteIsReplaced() throws Exception {
		Path folder = this.directory.resolve("bin");
		load(folder);
		Path library = find(folder, "sqlitejdbc");
		byte[] content = Files.readAllBytes(library);
		Files.write(library, new byte[content.length]);
		assertThat(load(folder)).startsWith("loaded 3.");
		assertThat(library).hasBinaryContent(content);
	}

	private static Path find(Path folder, String part) throws IOException {
		try (var files = Files.walk(folder)) {
			return files.filter((file) -> file.getFileName().toString().contains(part)).findFirst().orElseThrow();
		}
	}

	@Test
	void whatTheApplicationSaysOfSqliteHolds() throws Exception {
		Path own = Files.createDirectories(this.directory.resolve("own"));
		assertThat(load(this.directory.resolve("bin"), "-Dorg.sqlite.tmpdir=" + own)).startsWith("loaded 3.");
		assertThat(files(this.directory.resolve("bin")).keySet()).noneMatch((name) -> name.contains("sqlitejdbc"));
	}

	@Test
	void unknownPlatformIsNamed() throws Exception {
		assertThat(load(this.directory.resolve("bin"), "-Dos.arch=riscv64")).contains("no engine for this platform")
			.contains("'riscv64'")
			.contains("Linux (x86_64, aarch64)");
	}

	@Test
	void eachClassLoaderHasAnEngineOfItsOwn() throws Exception {
		Engine first = Engine.load(Path.of("target", "test-engine"));
		List<URL> urls = new ArrayList<>();
		for (String path : classPath().split(File.pathSeparator)) {
			urls.add(Path.of(path).toUri().toURL());
		}
		for (int i = 0; i < 2; i++) {
			try (URLClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]),
					ClassLoader.getPlatformClassLoader())) {
				Class<?> type = loader.loadClass(Engine.class.getName());
				Object engine = type.getMethod("load", Path.class).invoke(null, Path.of("target", "test-engine"));
				assertThat(type.getMethod("version").invoke(engine)).isEqualTo(first.version());
				assertThat(type.getMethod("sqliteVersion").invoke(engine)).isEqualTo(first.sqliteVersion());
				if (!"windows".equals(Platform.current().os())) {
					assertThat((Path) type.getMethod("library").invoke(engine)).doesNotExist();
				}
			}
		}
		assertThat(first.library()).exists();
	}

	/**
	 * On file systems that the test is given, as mounting takes rights:
	 * scripts/check-extraction mounts them and runs these.
	 */
	@Test
	@Tag("mounts")
	void folderThatMayNotBeExecutedFromIsAnErrorThatSaysSo() throws Exception {
		Path folder = Path.of(System.getenv("HELIOSDB_NOEXEC"));
		assertThat(load(folder)).contains("cannot be loaded")
			.contains(folder.toString())
			.contains("noexec")
			.contains("heliosdb.native-directory");
	}

	@Test
	@Tag("mounts")
	void fullDiskIsAnErrorAndLeavesNothing() throws Exception {
		Path folder = Path.of(System.getenv("HELIOSDB_FULL"));
		assertThat(load(folder.resolve("bin"))).contains("cannot be extracted")
			.contains(folder.toString())
			.contains("Make room");
		assertThat(files(folder).keySet()).containsExactly("filler");
	}

	@Test
	@Tag("mounts")
	void readOnlyFolderWithoutTheLibraryIsAnErrorThatSaysSo() throws Exception {
		Path folder = Path.of(System.getenv("HELIOSDB_READ_ONLY"), "empty");
		assertThat(load(folder)).contains("cannot be extracted")
			.contains("Read-only")
			.contains(folder.toString())
			.contains("heliosdb.native-directory");
	}

	@Test
	@Tag("mounts")
	void readOnlyFolderWithTheLibraryServes() throws Exception {
		assertThat(load(Path.of(System.getenv("HELIOSDB_READ_ONLY"), "filled"))).startsWith("loaded 3.");
	}

}
