package io.heliosdb.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A key that databases are encrypted with. A connection that is opened with the key's
 * {@linkplain #vfs() VFS} encrypts all that it writes: the database, its logs, its
 * history, and whatever it attaches or copies to. The engine has been loaded.
 * <p>
 * The key is in memory from its creation until it has been {@linkplain #close() closed}
 * and no database is open with it any more; then it is wiped. It is part of no message.
 * Safe for use by many threads.
 */
public final class DatabaseKey implements AutoCloseable {

	/** Bytes of a raw key. */
	public static final int BYTES = DatabaseCipher.KEY_BYTES;

	/** Iterations of PBKDF2 for the passphrase of a new database. */
	public static final int ITERATIONS = 600_000;

	/** Code of a {@link NativeException}: the database has another key. */
	public static final int WRONG_KEY = 26 | 126 << 8;

	/** Code of a {@link NativeException}: encrypted, and opened without a key. */
	public static final int KEY_MISSING = 26 | 125 << 8;

	/** Code of a {@link NativeException}: opened with a key, and not encrypted. */
	public static final int NOT_ENCRYPTED = 26 | 124 << 8;

	/** Code of a {@link NativeException}: encrypted as only a later version can. */
	public static final int UNKNOWN_CIPHER = 26 | 123 << 8;

	/** Code of a {@link NativeException}: what was read is not what was written. */
	public static final int DAMAGED = 8202;

	private static final int KDF_NONE = 0;

	private static final int KDF_PBKDF2 = 1;

	private static final int MOST_ITERATIONS = 65_535_000;

	private final byte[] key;

	private final char[] passphrase;

	private final SecureRandom random = new SecureRandom();

	private final String vfs;

	/** Of the database that was opened last, which says its own number. */
	private volatile int iterations;

	private long handle;

	private DatabaseKey(byte[] key, char[] passphrase, int kdf, int iterations) {
		this.key = key;
		this.passphrase = passphrase;
		this.iterations = iterations;
		int[] code = new int[1];
		this.handle = NativeCalls.registerKey(this, kdf, iterations, code);
		if (this.handle == 0) {
			wipe();
			throw new IllegalStateException("The key cannot be registered: SQLite's code " + code[0]);
		}
		this.vfs = new String(NativeCalls.keyVfs(this.handle), StandardCharsets.UTF_8);
	}

	/**
	 * A raw key.
	 * @param key {@value #BYTES} random bytes, which are copied
	 * @return the key
	 */
	public static DatabaseKey ofRawKey(byte[] key) {
		if (key.length != BYTES) {
			throw new IllegalArgumentException("A raw key has " + BYTES + " bytes, not " + key.length);
		}
		return new DatabaseKey(key.clone(), null, KDF_NONE, 0);
	}

	/**
	 * A passphrase, of which PBKDF2 with HMAC-SHA-256 makes a key.
	 * @param passphrase its characters, which are copied
	 * @param iterations how much work that is for a database that is made, a multiple of
	 * 1,000 up to 65,535,000; a database that exists says its own number
	 * @return the key
	 */
	public static DatabaseKey ofPassphrase(char[] passphrase, int iterations) {
		if (passphrase.length == 0) {
			throw new IllegalArgumentException("A passphrase has at least one character");
		}
		if (iterations < 1000 || iterations > MOST_ITERATIONS || iterations % 1000 != 0) {
			throw new IllegalArgumentException("PBKDF2's iterations are a multiple of 1,000 from 1,000 to "
					+ MOST_ITERATIONS + ", not " + iterations);
		}
		return new DatabaseKey(null, passphrase.clone(), KDF_PBKDF2, iterations);
	}

	/**
	 * What connections are opened with. Says nothing about the key.
	 * @return name of a VFS, for {@link NativeConnection#open} and {@code vfs=} in a URI
	 */
	public String vfs() {
		return this.vfs;
	}

	/**
	 * How the keys of a database come from this one.
	 * @return the name of the method, with the work that it takes
	 */
	public String derivation() {
		return (this.key != null) ? "HKDF-SHA-256" : "PBKDF2-HMAC-SHA-256, " + this.iterations + " iterations";
	}

	/**
	 * Whether this is that raw key. Takes as long for any other.
	 * @param key the raw key
	 * @return {@code false} for a passphrase, and after the key was wiped
	 */
	public boolean isRawKey(byte[] key) {
		return this.key != null && MessageDigest.isEqual(this.key, key);
	}

	/**
	 * Whether this is that passphrase. Takes as long for any other.
	 * @param passphrase the passphrase
	 * @return {@code false} for a raw key, and after the passphrase was wiped
	 */
	public boolean isPassphrase(char[] passphrase) {
		if (this.passphrase == null) {
			return false;
		}
		byte[] own = bytes(this.passphrase);
		byte[] other = bytes(passphrase);
		try {
			return MessageDigest.isEqual(own, other);
		}
		finally {
			Arrays.fill(own, (byte) 0);
			Arrays.fill(other, (byte) 0);
		}
	}

	private static byte[] bytes(char[] characters) {
		ByteBuffer bytes = ByteBuffer.allocate(2 * characters.length);
		bytes.asCharBuffer().put(CharBuffer.wrap(characters));
		return bytes.array();
	}

	/**
	 * No connection will be opened with this key any more. It is wiped with the last
	 * database that is open with it. Closing again does nothing.
	 */
	@Override
	public void close() {
		long closing;
		synchronized (this) {
			closing = this.handle;
			this.handle = 0;
		}
		if (closing != 0) {
			NativeCalls.releaseKey(closing);
		}
	}

	/** Called by the engine. */
	void random(byte[] out) {
		this.random.nextBytes(out);
	}

	/**
	 * Called by the engine when it opens a database.
	 * @param kdf what the database's header says that its key is made by
	 * @param iterations how much work that takes
	 * @param salt the database's salt
	 * @param check filled with what its header must have
	 * @return the database's keys; {@code null} if it has a key of another kind
	 * @throws GeneralSecurityException if a provider fails
	 */
	DatabaseCipher derive(int kdf, int iterations, byte[] salt, byte[] check) throws GeneralSecurityException {
		byte[] secret = secret(kdf, iterations, salt);
		if (secret == null) {
			return null;
		}
		try {
			DatabaseCipher cipher = new DatabaseCipher(secret, salt, this.random);
			System.arraycopy(cipher.check(), 0, check, 0, check.length);
			this.iterations = iterations;
			return cipher;
		}
		finally {
			Arrays.fill(secret, (byte) 0);
		}
	}

	private byte[] secret(int kdf, int iterations, byte[] salt) throws GeneralSecurityException {
		if (kdf == KDF_NONE && this.key != null) {
			return this.key.clone();
		}
		if (kdf != KDF_PBKDF2 || this.passphrase == null || iterations == 0) {
			return null;
		}
		return Pbkdf2.derive(this.passphrase, salt, iterations);
	}

	/** Called by the engine: nobody uses the key any more. */
	void wipe() {
		if (this.key != null) {
			Arrays.fill(this.key, (byte) 0);
		}
		if (this.passphrase != null) {
			Arrays.fill(this.passphrase, '\0');
		}
	}

	@Override
	public String toString() {
		return "a database key, " + this.vfs;
	}

}
