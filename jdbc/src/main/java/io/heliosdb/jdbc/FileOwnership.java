package io.heliosdb.jdbc;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.Objects;

/**
 * The claim of this driver on a database file: a lock on the file {@code <database>-lock}
 * beside it, which holds the owner's process id.
 * <p>
 * The engine's own lock on the database file keeps other processes out. This one catches
 * what that cannot see: a second copy of the driver in the same JVM, in another class
 * loader, since a process's POSIX locks never conflict with each other while Java's do.
 */
final class FileOwnership {

	private static final Logger LOGGER = System.getLogger(FileOwnership.class.getName());

	/** Locked beyond the content, so that others can read who owns the database. */
	private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

	private static final int ATTEMPTS = 100;

	private static final String OWN_PROCESS = Long.toString(ProcessHandle.current().pid());

	private final Path file;

	private final FileChannel channel;

	private FileOwnership(Path file, FileChannel channel) {
		this.file = file;
		this.channel = channel;
	}

	/**
	 * Claims a database file.
	 * @param database path of the database file
	 * @return the ownership
	 * @throws SQLException if it is somebody else's
	 */
	static FileOwnership claim(Path database) throws SQLException {
		Path file = database.resolveSibling(database.getFileName() + "-lock");
		try {
			for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
				FileOwnership ownership = tryClaim(database, file);
				if (ownership != null) {
					return ownership;
				}
			}
			throw new IOException("it is removed again and again");
		}
		catch (IOException ex) {
			throw SqlState.CANNOT_OPEN.exception("The database " + database + " cannot be opened: its lock file " + file
					+ " cannot be written (" + ex + "). The folder of the database must be writable",
					SqliteError.CANTOPEN, ex);
		}
	}

	/**
	 * Null if the file was removed by its last owner just before it was locked here. Told
	 * by the file's identity, not by its content: reading it would open and close it, and
	 * with that drop every lock that this process has on it.
	 */
	private static FileOwnership tryClaim(Path database, Path file) throws IOException, SQLException {
		FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
		boolean claimed = false;
		try {
			Object identity = identity(file);
			FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
			if (lock == null) {
				throw inUse(database, owner(file));
			}
			claimed = Files.exists(file) && Objects.equals(identity, identity(file));
			if (!claimed) {
				return null;
			}
			channel.truncate(0);
			channel.write(ByteBuffer.wrap((OWN_PROCESS + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
			return new FileOwnership(file, channel);
		}
		catch (OverlappingFileLockException ex) {
			throw inUse(database, OWN_PROCESS);
		}
		finally {
			if (!claimed) {
				channel.close();
			}
		}
	}

	/** Null if the file is gone, or the file system has no identities. */
	private static Object identity(Path file) throws IOException {
		try {
			return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
		}
		catch (NoSuchFileException ex) {
			return null;
		}
	}

	/**
	 * The error for a database that belongs to somebody else.
	 * @param database path of the database file
	 * @param owner the owner's process id, {@code null} if it is not known
	 * @return the exception
	 */
	static SQLException inUse(Path database, String owner) {
		String who = (owner == null) ? "another process, through SQLite itself" : owner.equals(OWN_PROCESS)
				? "process " + owner + ", this one, through another copy of the driver" : "process " + owner;
		return SqlState.DATABASE_IN_USE.exception("The database " + database + " is in use by " + who
				+ ". One process owns a database at a time: stop the other one, or give this one a database of its own",
				SqliteError.BUSY, null);
	}

	private static String owner(Path file) {
		try {
			String content = Files.readString(file, StandardCharsets.US_ASCII);
			return content.isBlank() ? null : content.strip();
		}
		catch (IOException ex) {
			LOGGER.log(Level.DEBUG, "Cannot read who owns " + file, ex);
			return null;
		}
	}

	/**
	 * Gives the claim up. The file goes first: once the lock is gone, it may be another
	 * owner's.
	 */
	void release() {
		try {
			Files.deleteIfExists(this.file);
		}
		catch (IOException ex) {
			LOGGER.log(Level.DEBUG, "Cannot remove " + this.file, ex);
		}
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			LOGGER.log(Level.WARNING, "Cannot close " + this.file, ex);
		}
	}

}
