package io.heliosdb.boot.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.springframework.util.FileSystemUtils;

/** A folder for a database that nobody else uses, deleted with all that is in it. */
final class ThrowAwayDatabase implements AutoCloseable {

	private final Path folder;

	ThrowAwayDatabase() {
		try {
			this.folder = Files.createTempDirectory("heliosdb-test-");
		}
		catch (IOException ex) {
			throw new UncheckedIOException("No folder can be made for a test's database", ex);
		}
	}

	/** The database's file, which is not there yet. */
	Path file() {
		return this.folder.resolve("test.db");
	}

	@Override
	public void close() {
		try {
			FileSystemUtils.deleteRecursively(this.folder);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The test's database " + this.folder + " cannot be deleted", ex);
		}
	}

}
