package io.heliosdb.engine;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;

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

	/**
	 * Changes the key.
	 * @param file the database, in which no commit waits in a WAL: it was closed properly
	 * @param from its key, {@code null} if it is plain
	 * @param to the key it is to have, {@code null} for none
	 * @param progress told the number of pages copied so far, from 0 on for each file; an
	 * exception of its own ends the work, and leaves all as it was
	 * @return whether the history was kept, or there was none
	 * @throws NativeException with a code of {@link DatabaseKey}, SQLITE_BUSY (5) if
	 * there is a WAL or the database is open, or any other of SQLite's
	 * @throws IOException if a file cannot be moved
	 */
	public static boolean run(Path file, DatabaseKey from, DatabaseKey to, LongConsumer progress)
			throws NativeException, IOException {
		finish(file);
		boolean kept = true;
		try {
			int code = copy(file, "", from, to, COPY, progress);
			if (code == NO_ROOM) {
				kept = !Files.exists(beside(file, HISTORY));
				rewrite(file, "", from, to, COPY);
			}
			else {
				check(code);
			}
			if (!kept) {
				force(Files.createFile(beside(file, HISTORY_COPY)));
			}
			else if (Files.exists(beside(file, HISTORY))) {
				code = copy(file, HISTORY, from, to, HISTORY_COPY, progress);
				if (code == NO_ROOM) {
					rewrite(file, HISTORY, from, to, HISTORY_COPY);
				}
				else {
					check(code);
				}
			}
			forceFolder(file);
			Files.move(beside(file, COPY), file, StandardCopyOption.ATOMIC_MOVE);
			forceFolder(file);
		}
		finally {
			finish(file);
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

	private static int copy(Path file, String what, DatabaseKey from, DatabaseKey to, String copy,
			LongConsumer progress) {
		return NativeCalls.copyDatabase(vfs(from), utf8(beside(file, what)), vfs(to), utf8(beside(file, copy)),
				what.equals(HISTORY), progress);
	}

	/** SQLite itself writes the copy, with room in its pages. */
	private static void rewrite(Path file, String what, DatabaseKey from, DatabaseKey to, String copy)
			throws NativeException, IOException {
		Path target = beside(file, copy);
		Files.deleteIfExists(target);
		String checksums = what.equals(HISTORY) ? "heliosdb_checksums=on" : "";
		NativeConnection connection = NativeConnection.open(uri(beside(file, what)) + "?" + checksums,
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
