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
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.UUID;

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
				FileOwnership ownership = tryClaim(file);
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
		catch (OverlappingFileLockException ex) {
			throw inUse(database, owner(file));
		}
	}

	/** Null if the file was removed by its last owner just before it was locked here. */
	private static FileOwnership tryClaim(Path file) throws IOException {
		FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
		boolean claimed = false;
		try {
			FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
			if (lock == null) {
				throw new OverlappingFileLockException();
			}
			String content = ProcessHandle.current().pid() + " " + UUID.randomUUID() + "\n";
			channel.truncate(0);
			channel.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.US_ASCII)), 0);
			claimed = Files.exists(file) && content.equals(Files.readString(file, StandardCharsets.US_ASCII));
			return claimed ? new FileOwnership(file, channel) : null;
		}
		finally {
			if (!claimed) {
				channel.close();
			}
		}
	}

	/**
	 * The error for a database that belongs to somebody else.
	 * @param database path of the database file
	 * @param owner the owner's process id, {@code null} if it is not known
	 * @return the exception
	 */
	static SQLException inUse(Path database, String owner) {
		String who = (owner == null) ? "another process, through SQLite itself"
				: owner.equals(Long.toString(ProcessHandle.current().pid()))
						? "process " + owner + ", this one, through another copy of the driver" : "process " + owner;
		return SqlState.DATABASE_IN_USE.exception("The database " + database + " is in use by " + who
				+ ". One process owns a database at a time: stop the other one, or give this one a database of its own",
				SqliteError.BUSY, null);
	}

	private static String owner(Path file) {
		try {
			String content = Files.readString(file, StandardCharsets.US_ASCII);
			int end = content.indexOf(' ');
			return (end > 0) ? content.substring(0, end) : null;
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
