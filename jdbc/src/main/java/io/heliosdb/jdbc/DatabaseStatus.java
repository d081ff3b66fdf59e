package io.heliosdb.jdbc;

/**
 * What a database is and how large it is at one moment. Reading it touches no page of the
 * database and waits for no statement.
 *
 * @param name the database's name as a {@link Query} has it: the file's name without its
 * folder, the name of a shared memory database, or {@code :memory:}
 * @param path the absolute path of the database file, {@code mem:<name>} for a shared
 * memory database, {@code :memory:} for a private one
 * @param databaseBytes size of the database file in bytes
 * @param walBytes size of the write-ahead log in bytes, 0 when there is none
 * @param cacheBytes memory held by the page caches of all open connections, in bytes; a
 * connection that executes a statement right now counts with its last known size
 * @param connections number of open connections
 * @param engineVersion version of the HeliosDB engine
 * @param sqliteVersion version of SQLite
 * @param history the history for time travel, {@code null} if the database keeps none
 * @param encryption how the database is encrypted, {@code null} if it is not
 */
public record DatabaseStatus(String name, String path, long databaseBytes, long walBytes, long cacheBytes,
		int connections, String engineVersion, String sqliteVersion, HistoryStatus history,
		EncryptionStatus encryption) {

	/**
	 * The status of a database without encryption.
	 * @param name the database's name
	 * @param path the database's path
	 * @param databaseBytes size of the database file in bytes
	 * @param walBytes size of the write-ahead log in bytes
	 * @param cacheBytes memory held by page caches, in bytes
	 * @param connections number of open connections
	 * @param engineVersion version of the HeliosDB engine
	 * @param sqliteVersion version of SQLite
	 * @param history the history, {@code null} for none
	 */
	public DatabaseStatus(String name, String path, long databaseBytes, long walBytes, long cacheBytes, int connections,
			String engineVersion, String sqliteVersion, HistoryStatus history) {
		this(name, path, databaseBytes, walBytes, cacheBytes, connections, engineVersion, sqliteVersion, history, null);
	}

	/**
	 * The status of a database without history.
	 * @param name the database's name
	 * @param path the database's path
	 * @param databaseBytes size of the database file in bytes
	 * @param walBytes size of the write-ahead log in bytes
	 * @param cacheBytes memory held by page caches, in bytes
	 * @param connections number of open connections
	 * @param engineVersion version of the HeliosDB engine
	 * @param sqliteVersion version of SQLite
	 */
	public DatabaseStatus(String name, String path, long databaseBytes, long walBytes, long cacheBytes, int connections,
			String engineVersion, String sqliteVersion) {
		this(name, path, databaseBytes, walBytes, cacheBytes, connections, engineVersion, sqliteVersion, null);
	}

}
