package io.heliosdb.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Gives a database another key, encrypts a plain one or decrypts it, in place. Nobody has
 * it open meanwhile: the caller holds its lock file.
 * <p>
 * The database and its history are copied aside, to {@code <file>-rekey} and
 * {@code <file>-history-rekey}, page by page, so that history goes on. Moving the first
 * over the database is what counts: before it everything is as it was, after it all the
 * rest follows. Whoever opens a database calls {@link #finish} first, which does away
 * with what a crash left, or does the rest.
 * <p>
 * A plain database that was made without room in its pages is written anew instead, and
 * its history, which is about pages, is given up.
 */
public final class KeyChange {

	private static final String COPY = "-rekey";

	private static final String HISTORY_COPY = "-history-rekey";

	private static final String HISTORY = "-history";

	private static final int OK = 0;

	private static final int NO_ROOM = 25;

	private static final int RESERVED_BYTES = 32;

	private KeyChange() {
	}

	/** Told how far the copying has come. */
	@FunctionalInterface
	public interface Progress {

		/**
		 * Some pages have been copied. An exception ends the work, and leaves all as it
		 * was.
		 * @param pages how many of a file
		 * @param of how many it has; where SQLite writes the copy itself, 1
		 */
		void copied(long pages, long of);

	}

	/**
	 * Changes the key.
	 * @param file the database, in which no commit waits in a WAL: it was closed properly
	 * @param from its key, {@code null} if it is plain
	 * @param to the key it is to have, {@code null} for none
	 * @param progress told of each file's pages
	 * @return whether the history was kept, or there was none
	 * @throws NativeException with a code of {@link DatabaseKey}, SQLITE_BUSY (5) if
	 * there is a WAL or the database is open, or any other of SQLite's
	 * @throws IOException if a file cannot be moved
	 */
	public static boolean run(Path file, DatabaseKey from, DatabaseKey to, Progress progress)
			throws NativeException, IOException {
		finish(file);
		return copyInto(file, file, from, to, progress);
	}

	/**
	 * Copies a database and its history under another key, and leaves it as it is.
	 * @param file as for {@link #run}
	 * @param from as for {@link #run}
	 * @param to as for {@link #run}
	 * @param copy the new database, which does not exist
	 * @param progress as for {@link #run}
	 * @return whether the history was copied, or there was none
	 * @throws NativeException as for {@link #run}
	 * @throws IOException if the copy exists, or a file cannot be moved
	 */
	public static boolean copy(Path file, DatabaseKey from, DatabaseKey to, Path copy, Progress progress)
			throws NativeException, IOException {
		for (String companion : new String[] { "", HISTORY, "-wal" }) {
			if (Files.exists(beside(copy, companion))) {
				throw new FileAlreadyExistsException(beside(copy, companion).toString());
			}
		}
		return copyInto(file, copy, from, to, progress);
	}

	private static boolean copyInto(Path file, Path target, DatabaseKey from, DatabaseKey to, Progress progress)
			throws NativeException, IOException {
		boolean kept = true;
		try {
			if (!copyFile(file, "", from, to, beside(target, COPY), progress)) {
				kept = !Files.exists(beside(file, HISTORY));
			}
			if (!kept) {
				force(Files.createFile(beside(target, HISTORY_COPY)));
			}
			else if (Files.exists(beside(file, HISTORY))) {
				copyFile(file, HISTORY, from, to, beside(target, HISTORY_COPY), progress);
			}
			forceFolder(target);
			Files.move(beside(target, COPY), target, StandardCopyOption.ATOMIC_MOVE);
			forceFolder(target);
		}
		finally {
			finish(target);
		}
		return kept;
	}

	/**
	 * Completes, or undoes, a change of key that was interrupted. Called before a
	 * database is opened; does nothing if there was none.
	 * @param file the database
	 * @throws IOException if a file cannot be deleted or moved
	 */
	public static void finish(Path file) throws IOException {
		Path historyCopy = beside(file, HISTORY_COPY);
		if (Files.exists(beside(file, COPY))) {
			for (String copy : new String[] { HISTORY_COPY, COPY }) {
				for (String log : new String[] { "-journal", "-wal", "" }) {
					Files.deleteIfExists(beside(file, copy + log));
				}
			}
		}
		else if (Files.exists(historyCopy)) {
			for (String companion : new String[] { "-times", HISTORY + "-wal", HISTORY + "-journal" }) {
				Files.deleteIfExists(beside(file, companion));
			}
			if (Files.size(historyCopy) > 0) {
				Files.move(historyCopy, beside(file, HISTORY), StandardCopyOption.ATOMIC_MOVE);
			}
			else {
				Files.deleteIfExists(beside(file, HISTORY));
				Files.delete(historyCopy);
			}
			forceFolder(file);
		}
	}

	/** Returns whether it was copied page by page. */
	private static boolean copyFile(Path file, String what, DatabaseKey from, DatabaseKey to, Path target,
			Progress progress) throws NativeException, IOException {
		int code = NativeCalls.copyDatabase(vfs(from), utf8(beside(file, what)), vfs(to), utf8(target),
				what.equals(HISTORY), progress);
		if (code == NO_ROOM) {
			progress.copied(0, 1);
			rewrite(beside(file, what), what.equals(HISTORY), from, to, target);
			progress.copied(1, 1);
			return false;
		}
		check(code);
		return true;
	}

	/** SQLite itself writes the copy, with room in its pages. */
	private static void rewrite(Path file, boolean checksums, DatabaseKey from, DatabaseKey to, Path target)
			throws NativeException, IOException {
		Files.deleteIfExists(target);
		NativeConnection connection = NativeConnection.open(uri(file) + (checksums ? "?heliosdb_checksums=on" : ""),
				NativeConnection.OPEN_READWRITE | NativeConnection.OPEN_NOMUTEX | NativeConnection.OPEN_URI,
				name(from));
		try {
			connection.reserve(RESERVED_BYTES);
			run(connection, "VACUUM INTO '" + uri(target) + "?vfs=" + name(to) + "'");
			force(target);
		}
		finally {
			connection.close();
		}
	}

	private static String uri(Path path) {
		return "file://" + path.toAbsolutePath().toUri().getRawPath().replace("'", "%27");
	}

	private static void run(NativeConnection connection, String sql) throws NativeException {
		NativeStatement statement = connection.prepare(sql.getBytes(StandardCharsets.UTF_8), 0);
		try {
			statement.execute(new Parameters(), new Rows(), Rows.CAPACITY, 0, connection.nextTicket());
		}
		finally {
			statement.close();
		}
	}

	private static void check(int code) throws NativeException {
		if (code != OK) {
			throw new NativeException(code, -1, "The database cannot be copied under another key");
		}
	}

	private static void force(Path file) throws IOException {
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
			channel.force(true);
		}
	}

	/** Makes names durable where the platform lets a folder be opened. */
	private static void forceFolder(Path file) {
		Path folder = file.toAbsolutePath().getParent();
		if (folder == null) {
			return;
		}
		try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
			channel.force(true);
		}
		catch (IOException ex) {
			// Windows keeps names by itself.
		}
	}

	private static Path beside(Path file, String suffix) {
		return file.resolveSibling(file.getFileName() + suffix);
	}

	private static byte[] utf8(Path path) {
		return path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
	}

	private static String name(DatabaseKey key) {
		return (key != null) ? key.vfs() : NativeConnection.FILE_VFS;
	}

	private static byte[] vfs(DatabaseKey key) {
		return name(key).getBytes(StandardCharsets.UTF_8);
	}

}
