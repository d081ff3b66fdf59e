package io.heliosdb.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link NativeLibrary}. */
class NativeLibraryTests {

	@TempDir
	private Path directory;

	private NativeLibrary library;

	private byte[] content;

	@BeforeEach
	void find() throws Exception {
		this.library = NativeLibrary.find(Platform.current());
		this.content = Files.readAllBytes(this.library.extractTo(this.directory.resolve("reference")));
	}

	private List<String> names(Path folder) throws IOException {
		try (Stream<Path> files = Files.list(folder)) {
			return files.map((file) -> file.getFileName().toString()).toList();
		}
	}

	@Test
	void isExtractedAsTheJarHasIt() throws Exception {
		Path folder = this.directory.resolve("new/3.0.0");
		Path file = this.library.extractTo(folder);
		assertThat(file).isEqualTo(folder.resolve(Platform.current().libraryName()));
		String checksum = HexFormat.of()
			.formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
		assertThat(new String(NativeLibrary.class.getResourceAsStream("native/SHA256SUMS").readAllBytes(),
				StandardCharsets.US_ASCII))
			.contains(checksum);
		assertThat(names(folder)).containsExactly(Platform.current().libraryName());
	}

	@Test
	void belongsToTheUserAlone() throws Exception {
		Path file = this.library.extractTo(this.directory.resolve("private"));
		if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rwx------");
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
				.isEqualTo("rwx------");
		}
	}

	@Test
	void isExtractedOnce() throws Exception {
		Path folder = this.directory.resolve("once");
		Path file = this.library.extractTo(folder);
		Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
		this.library.extractTo(folder);
		assertThat(Files.readAttributes(file, BasicFileAttributes.class).fileKey()).isEqualTo(key);
	}

	@Test
	void damagedFileIsReplaced() throws Exception {
		Path file = this.library.extractTo(this.directory.resolve("damaged"));
		byte[] tampered = this.content.clone();
		tampered[tampered.length / 2] ^= 1;
		for (byte[] damaged : new byte[][] { tampered, Arrays.copyOf(this.content, this.content.length / 2), {},
				Arrays.copyOf(this.content, this.content.length + 1) }) {
			Files.write(file, damaged);
			assertThat(this.library.extractTo(file.getParent())).isEqualTo(file);
			assertThat(Files.readAllBytes(file)).isEqualTo(this.content);
		}
		assertThat(names(file.getParent())).hasSize(1);
	}

	@Test
	void folderThatIsAFileIsAnError() throws Exception {
		assertNotExtracted(Files.writeString(this.directory.resolve("file"), "x"));
	}

	@Test
	void folderBelowAFileIsAnError() throws Exception {
		assertNotExtracted(Files.writeString(this.directory.resolve("file"), "x").resolve("below"));
	}

	@Test
	void folderInThePlaceOfTheLibraryIsAnError() throws Exception {
		Path folder = this.directory.resolve("occupied");
		Files.createDirectories(folder.resolve(Platform.current().libraryName()).resolve("inside"));
		assertNotExtracted(folder);
		assertThat(names(folder)).hasSize(1);
	}

	private void assertNotExtracted(Path folder) {
		assertThatExceptionOfType(EngineLoadException.class).isThrownBy(() -> this.library.extractTo(folder))
			.withMessageContaining(folder.toString())
			.withMessageContaining("heliosdb.native-directory")
			.withMessageContaining("native_directory");
	}

	@Test
	void libraryThatTheJarDoesNotHaveIsAnError() {
		assertThatExceptionOfType(EngineLoadException.class)
			.isThrownBy(() -> NativeLibrary.find(new Platform("plan9", "mips")))
			.withMessageContaining("heliosdb-nano-plan9-mips.so")
			.withMessageContaining("classifier plan9-mips");
	}

	@Test
	void manyThreadsExtractAtOnce() throws Exception {
		Path folder = this.directory.resolve("shared");
		CountDownLatch start = new CountDownLatch(1);
		List<FutureTask<byte[]>> tasks = new ArrayList<>();
		for (int i = 0; i < 16; i++) {
			FutureTask<byte[]> task = new FutureTask<>(() -> {
				start.await();
				return Files.readAllBytes(this.library.extractTo(folder));
			});
			tasks.add(task);
			Thread thread = new Thread(task);
			thread.setDaemon(true);
			thread.start();
		}
		start.countDown();
		for (FutureTask<byte[]> task : tasks) {
			assertThat(task.get(60, TimeUnit.SECONDS)).isEqualTo(this.content);
		}
		assertThat(names(folder)).hasSize(1);
	}

	@Test
	void folderThatOthersMayWriteToIsTakenFromThem() throws Exception {
		Path file = this.library.extractTo(this.directory.resolve("shared"));
		if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
			Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
			Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwxrwxr-x"));
			this.library.extractTo(file.getParent());
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rwxr-xr-x");
			assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
				.isEqualTo("rwxr-xr-x");
		}
	}

	@Test
	void copiesAreFilesOfTheirOwn() throws Exception {
		Path folder = this.directory.resolve("copies");
		Path copy = this.library.copyTo(folder);
		assertThat(copy).hasBinaryContent(this.content).isNotEqualTo(this.library.copyTo(folder));
		assertThat(copy.getFileName().toString()).startsWith("heliosdb-nano-");
	}

}
