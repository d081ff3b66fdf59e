package io.heliosdb.engine;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

/**
 * The folders of extracted libraries, one a version. The file {@code last-used} in each
 * has the day of its last start as its time; a version that was not used for a month is
 * deleted when another one starts. That is safe at any time: a process keeps the library
 * it has loaded on Linux and macOS, Windows refuses to delete it, and the next start of
 * that version extracts it anew.
 */
final class ExtractedVersions {

	private static final System.Logger LOGGER = System.getLogger(ExtractedVersions.class.getName());

	private static final String LAST_USED = "last-used";

	private static final Duration KEPT = Duration.ofDays(30);

	private static final Duration NOTED = Duration.ofDays(1);

	private ExtractedVersions() {
	}

	/**
	 * Notes that a version is used, once a day, and then deletes those that are not any
	 * more. That a folder cannot be written to is no failure: it may be meant so.
	 * @param version the folder of the version in use
	 */
	static void use(Path version) {
		Instant now = Instant.now();
		Path note = version.resolve(LAST_USED);
		try {
			if (Files.exists(note) && lastUsed(version).isAfter(now.minus(NOTED))) {
				return;
			}
			Files.write(note, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.WRITE);
			Files.setLastModifiedTime(note, FileTime.from(now));
			try (DirectoryStream<Path> versions = Files.newDirectoryStream(version.resolveSibling(""),
					(path) -> Files.exists(path.resolve(LAST_USED)))) {
				for (Path other : versions) {
					if (lastUsed(other).isBefore(now.minus(KEPT))) {
						delete(other);
					}
				}
			}
		}
		catch (IOException ex) {
			LOGGER.log(Level.DEBUG, "Engines of versions that are not used stay beside " + version, ex);
		}
	}

	private static Instant lastUsed(Path version) throws IOException {
		return Files.getLastModifiedTime(version.resolve(LAST_USED)).toInstant();
	}

	/** The note goes last, so that what is left by a failure is found the next time. */
	private static void delete(Path version) throws IOException {
		try (DirectoryStream<Path> files = Files.newDirectoryStream(version, "*{.so,.dylib,.dll,.tmp}")) {
			for (Path file : files) {
				Files.deleteIfExists(file);
			}
		}
		try {
			Files.delete(version.resolve(LAST_USED));
			Files.delete(version);
		}
		catch (NoSuchFileException ex) {
			LOGGER.log(Level.DEBUG, "Another process deletes " + version + " as well", ex);
		}
	}

}
