package io.heliosdb.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;

/**
 * A native library that a jar carries, extracted on first use to a folder that only the
 * user can write to, and held against the jar's content, byte by byte, on every start.
 */
final class NativeLibrary {

	/** Where the jar has the binaries and their checksums, relative to this class. */
	private static final String RESOURCES = "native/";

	private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

	private static final Set<PosixFilePermission> OTHERS_WRITE = Set.of(PosixFilePermission.GROUP_WRITE,
			PosixFilePermission.OTHERS_WRITE);

	private final String name;

	private final byte[] content;

	/** What the content has to have, {@code null} where nobody has written it down. */
	private final String sha256;

	private NativeLibrary(String name, byte[] content, String sha256) {
		this.name = name;
		this.content = content;
		this.sha256 = sha256;
	}

	/**
	 * Finds the engine's library for a platform in the jar.
	 * @param platform the platform
	 * @return the library
	 * @throws EngineLoadException if the jar has none
	 */
	static NativeLibrary find(Platform platform) throws EngineLoadException {
		String name = platform.libraryName();
		byte[] content = resource(NativeLibrary.class, RESOURCES + name);
		byte[] checksums = resource(NativeLibrary.class, RESOURCES + "SHA256SUMS");
		if (content == null || checksums == null) {
			throw new EngineLoadException("The engine's library " + name + " is not in heliosdb-engine-native's jar. "
					+ "Use the jar without a classifier, which has the libraries of all platforms, or the classifier "
					+ platform.classifier());
		}
		String sha256 = new String(checksums, StandardCharsets.US_ASCII).lines()
			.map((line) -> line.split("[ *]+", 2))
			.filter((entry) -> entry.length == 2 && entry[1].equals(name))
			.map((entry) -> entry[0])
			.findFirst()
			.orElse("none");
		return new NativeLibrary(name, content, sha256);
	}

	/**
	 * A library that the jar of another project carries.
	 * @param owner a class of that jar
	 * @param resource the library's absolute name in it
	 * @param name the name to extract it by
	 * @return the library, {@code null} if the jar has none by that name
	 * @throws EngineLoadException if it cannot be read
	 */
	static NativeLibrary of(Class<?> owner, String resource, String name) throws EngineLoadException {
		byte[] content = resource(owner, resource);
		return (content != null) ? new NativeLibrary(name, content, null) : null;
	}

	/**
	 * Extracts the library unless it is there already.
	 * @param directory where the libraries of this version go
	 * @return the library's file, which has the jar's bytes
	 * @throws EngineLoadException if the file cannot be written, or the jar's content is
	 * not what its list of checksums says
	 */
	Path extractTo(Path directory) throws EngineLoadException {
		return extract(directory, directory.resolve(this.name));
	}

	/**
	 * Extracts the library to a file of its own, for a class loader that comes second: a
	 * JVM loads a file of a name once.
	 * @param directory where the libraries of this version go
	 * @return the library's file, to be deleted when it has been loaded
	 * @throws EngineLoadException as {@link #extractTo}
	 */
	Path copyTo(Path directory) throws EngineLoadException {
		int suffix = this.name.lastIndexOf('.');
		return extract(directory, directory
			.resolve(this.name.substring(0, suffix) + "-" + UUID.randomUUID() + this.name.substring(suffix)));
	}

	private Path extract(Path directory, Path file) throws EngineLoadException {
		try {
			if (!isIntact(file)) {
				checkContent();
				createDirectory(directory);
				replace(file);
				if (!isIntact(file)) {
					throw new IOException("what was written there reads differently");
				}
			}
			keepOthersOut(directory);
			keepOthersOut(file);
			return file;
		}
		catch (IOException ex) {
			throw new EngineLoadException("The library " + this.name + " cannot be extracted to " + directory + " ("
					+ ex + "). Make room in that folder and make it writable, or name another by the property "
					+ "heliosdb.native-directory or the URL parameter native_directory", ex);
		}
	}

	private boolean isIntact(Path file) throws IOException {
		return Files.isRegularFile(file) && Files.size(file) == this.content.length
				&& Arrays.equals(Files.readAllBytes(file), this.content);
	}

	/** Written aside and moved, so that no other process ever loads half a file. */
	private void replace(Path file) throws IOException {
		Path aside = file.resolveSibling(this.name + "." + UUID.randomUUID() + ".tmp");
		try {
			Files.write(aside, this.content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
			if (hasPermissions(aside)) {
				Files.setPosixFilePermissions(aside, PRIVATE);
			}
			Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
		}
		finally {
			Files.deleteIfExists(aside);
		}
	}

	private void checkContent() throws EngineLoadException {
		String actual = sha256(this.content);
		if (this.sha256 != null && !this.sha256.equals(actual)) {
			throw new EngineLoadException("The engine's library " + this.name
					+ " in heliosdb-engine-native's jar is damaged or not ours: its SHA-256 is " + actual
					+ ", the jar's list has " + this.sha256 + ". Get the jar anew");
		}
	}

	private static void createDirectory(Path directory) throws IOException {
		if (!Files.isDirectory(directory)) {
			Files.createDirectories(directory);
			if (hasPermissions(directory)) {
				Files.setPosixFilePermissions(directory, PRIVATE);
			}
		}
	}

	/** Else they could put another file there between the comparison and the loading. */
	private static void keepOthersOut(Path path) throws IOException {
		if (hasPermissions(path)) {
			Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
			if (permissions.removeAll(OTHERS_WRITE)) {
				Files.setPosixFilePermissions(path, permissions);
			}
		}
	}

	/** Windows keeps a user's folders private by the access list they inherit. */
	private static boolean hasPermissions(Path path) {
		if (Files.getFileAttributeView(path, PosixFileAttributeView.class) == null) {
			return false;
		}
		try {
			return Files.getFileStore(path).supportsFileAttributeView(PosixFileAttributeView.class);
		}
		catch (IOException ex) {
			// Java finds no file system whose root a chroot hides. It is none of FAT,
			// which is mounted.
			return true;
		}
	}

	private static byte[] resource(Class<?> owner, String name) throws EngineLoadException {
		try (InputStream stream = owner.getResourceAsStream(name)) {
			return (stream != null) ? stream.readAllBytes() : null;
		}
		catch (IOException ex) {
			throw new EngineLoadException("Cannot read " + name + " from the jar of " + owner.getName()
					+ ", which may be damaged: get it anew", ex);
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
