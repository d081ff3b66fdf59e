package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Encrypts a database, decrypts it, or gives it another key: in place, or as a copy. What
 * is encrypted is the database and its history.
 * <p>
 * It takes the database for itself: no other connection, of this process or another, is
 * open meanwhile. It copies both files beside their places, which takes their size on the
 * disk, and then puts the copies into place: after a crash the next one to open the
 * database finds it under one key or under the other, whole.
 * <p>
 * The pages of a database that was made without a key have no room for encryption, so it
 * is written anew by {@code VACUUM INTO}, and its history, which is about the old pages,
 * ends. Every other change keeps the history.
 */
public final class DatabaseEncryption {

	private static final Progress UNHEARD = (pages, of) -> {
	};

	private final ConnectionSettings settings;

	private DatabaseEncryption(ConnectionSettings settings) {
		this.settings = settings;
	}

	/** Hears how far the work has come. */
	@FunctionalInterface
	public interface Progress {

		/**
		 * Some pages have been copied, of the database or, after it, of its history.
		 * @param pages how many
		 * @param of how many the file has; 1 where SQLite writes the copy in one step
		 * @throws RuntimeException of its own choice, to cancel: everything stays as it
		 * was, and the caller gets the exception
		 */
		void copied(long pages, long of);

	}

	/**
	 * The encryption of a database file.
	 * @param url its URL; the key that it has now is given as for a connection
	 * @return its encryption
	 * @throws SQLException if the URL is not valid, or names no file
	 */
	public static DatabaseEncryption of(String url) throws SQLException {
		return of(url, new Properties(), null);
	}

	/**
	 * The encryption of a database file.
	 * @param url its URL
	 * @param properties further parameters
	 * @param keys provides the key that it has now, {@code null} if a parameter does or
	 * it has none
	 * @return its encryption
	 * @throws SQLException if a parameter is not valid, or the URL names no file
	 */
	public static DatabaseEncryption of(String url, Properties properties, EncryptionKeyProvider keys)
			throws SQLException {
		return new DatabaseEncryption(ConnectionSettings.parse(url, properties, keys));
	}

	/**
	 * Encrypts the database, or gives it another key if it is encrypted.
	 * @param key the key that it is to have
	 * @return whether its history was kept, or there was none
	 * @throws SQLException if it cannot be opened with the key it should have now, is in
	 * use (SQLState 08001), or a file cannot be written: then it is as it was
	 */
	public boolean encrypt(EncryptionKey key) throws SQLException {
		return encrypt(key, UNHEARD);
	}

	/**
	 * Encrypts the database, or gives it another key if it is encrypted.
	 * @param key the key that it is to have
	 * @param progress hears of the pages, and may cancel
	 * @return whether its history was kept, or there was none
	 * @throws SQLException as for {@link #encrypt(EncryptionKey)}
	 */
	public boolean encrypt(EncryptionKey key, Progress progress) throws SQLException {
		return change(KeySource.of(key), null, progress);
	}

	/**
	 * Decrypts the database: any SQLite reads it afterwards.
	 * @param progress hears of the pages, and may cancel
	 * @return whether its history was kept, or there was none
	 * @throws SQLException as for {@link #encrypt(EncryptionKey)}
	 */
	public boolean decrypt(Progress progress) throws SQLException {
		return change(null, null, progress);
	}

	/**
	 * Copies the database and its history.
	 * @param copy the new file, which does not exist
	 * @param key the key that the copy is to have, {@code null} for a plain one
	 * @param progress hears of the pages, and may cancel
	 * @return whether the history was copied, or there was none
	 * @throws SQLException as for {@link #encrypt(EncryptionKey)}; if the copy exists
	 */
	public boolean copyTo(Path copy, EncryptionKey key, Progress progress) throws SQLException {
		return change((key != null) ? KeySource.of(key) : null, copy, progress);
	}

	private boolean change(KeySource next, Path copy, Progress progress) throws SQLException {
		try (JdbcConnection connection = JdbcConnection.open(this.settings, null)) {
			return connection.session().changeKey(next, copy, progress);
		}
	}

}
