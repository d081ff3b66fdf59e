package io.heliosdb.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;

/**
 * The engine's library as a file: carried in the jar, extracted on first use to a folder
 * that only the user can enter, and held against the checksum in the jar on every start.
 */
final class NativeLibrary {

	/** Where the jar has the binaries and their checksums, relative to this class. */
	private static final String RESOURCES = "native/";

	private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

	private final String name;

	private final byte[] content;

	private final String sha256;

	private NativeLibrary(String name, byte[] content, String sha256) {
		this.name = name;
		this.content = content;
		this.sha256 = sha256;
	}

	/**
	 * Finds a platform's library in the jar.
	 * @param platform the platform
	 * @return the library
	 * @throws EngineLoadException if the jar has none, or not the one that it lists
	 */
	static NativeLibrary find(Platform platform) throws EngineLoadException {
		String name = platform.libraryName();
		byte[] content = resource(name);
		byte[] checksums = resource("SHA256SUMS");
		if (content == null || checksums == null) {
			throw new EngineLoadException("The engine's library " + name
					+ " is not in heliosdb-engine-native's jar. Use a jar that is built for this platform: "
					+ "'mvn package' builds one for the machine it runs on");
		}
		String expected = new String(checksums, StandardCharsets.US_ASCII).lines()
			.map((line) -> line.split("[ *]+", 2))
			.filter((entry) -> entry.length == 2 && entry[1].equals(name))
			.map((entry) -> entry[0])
			.findFirst()
			.orElse("none");
		NativeLibrary library = new NativeLibrary(name, content, expected);
		library.check(sha256(content), "in heliosdb-engine-native's jar");
		return library;
	}

	/**
	 * Extracts the library unless it is there already.
	 * @param directory where the libraries of this version go
	 * @return the library's file, whose checksum is right
	 * @throws EngineLoadException if the file cannot be written or is not what the jar
	 * has
	 */
	Path extractTo(Path directory) throws EngineLoadException {
		Path file = directory.resolve(this.name);
		try {
			createPrivateDirectory(directory);
			if (!Files.isRegularFile(file) || !this.sha256.equals(sha256(Files.readAllBytes(file)))) {
				replace(file);
			}
			check(sha256(Files.readAllBytes(file)), "in " + directory);
			return file;
		}
		catch (IOException ex) {
			throw new EngineLoadException("The engine's library " + this.name + " cannot be extracted to " + directory
					+ " (" + ex + "). Make that folder writable, or name another by the property "
					+ "heliosdb.native-directory or the URL parameter native_directory", ex);
		}
	}

	/** Written aside and moved, so that no other process ever loads half a file. */
	private void replace(Path file) throws IOException {
		Path aside = file.resolveSibling(this.name + "." + UUID.randomUUID() + ".tmp");
		try {
			Files.write(aside, this.content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
			makePrivate(aside);
			Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
		}
		finally {
			Files.deleteIfExists(aside);
		}
	}

	private void check(String actual, String place) throws EngineLoadException {
		if (!this.sha256.equals(actual)) {
			throw new EngineLoadException("The engine's library " + this.name + " " + place
					+ " is damaged or not ours: its SHA-256 is " + actual + ", the jar's manifest has " + this.sha256
					+ ". Get heliosdb-engine-native's jar anew");
		}
	}

	private static void createPrivateDirectory(Path directory) throws IOException {
		if (!Files.isDirectory(directory)) {
			Files.createDirectories(directory);
		}
		makePrivate(directory);
	}

	/** Windows keeps a user's folders private by the access list they inherit. */
	private static void makePrivate(Path path) throws IOException {
		FileStore store = Files.getFileStore(path);
		if (store.supportsFileAttributeView(PosixFileAttributeView.class)
				&& !PRIVATE.equals(Files.getPosixFilePermissions(path))) {
			Files.setPosixFilePermissions(path, PRIVATE);
		}
	}

	private static byte[] resource(String name) throws EngineLoadException {
		try (InputStream stream = NativeLibrary.class.getResourceAsStream(RESOURCES + name)) {
			return (stream != null) ? stream.readAllBytes() : null;
		}
		catch (IOException ex) {
			throw new EngineLoadException("Cannot read " + name + " from heliosdb-engine-native's jar", ex);
		}
	}

	private static String sha256(byte[] content) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
