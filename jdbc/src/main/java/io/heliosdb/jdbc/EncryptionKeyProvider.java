package io.heliosdb.jdbc;

/**
 * Fetches the key of a database from where it is kept: a key management service, a
 * {@link java.security.KeyStore}, a vault. Asked each time the database is opened, not
 * for each connection, and by one thread at a time for one database.
 */
@FunctionalInterface
public interface EncryptionKeyProvider {

	/**
	 * Fetches the key.
	 * @param database the absolute path of the database file, {@code mem:<name>} or
	 * {@code :memory:}
	 * @return the key, which the driver wipes once it has it: a new one at each call
	 * @throws Exception if it cannot be had: then the database is not opened. Its message
	 * becomes part of the driver's, so it must not quote the key
	 */
	EncryptionKey getKey(String database) throws Exception;

}
