package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

import io.heliosdb.engine.DatabaseKey;

/**
 * A key, or a passphrase, that a database is encrypted with. It is in memory until it is
 * {@linkplain #close() closed}; whoever is handed one by an {@link EncryptionKeyProvider}
 * closes it. It is part of no message, and {@link #toString()} tells its kind only.
 */
public final class EncryptionKey implements AutoCloseable {

	/** Bytes of a raw key. */
	public static final int RAW_BYTES = DatabaseKey.BYTES;

	private static final int HEX_DIGITS = 2 * RAW_BYTES;

	private final byte[] raw;

	private final char[] passphrase;

	private boolean closed;

	private EncryptionKey(byte[] raw, char[] passphrase) {
		this.raw = raw;
		this.passphrase = passphrase;
	}

	/**
	 * A raw key, as a key management service or {@link java.security.SecureRandom} makes
	 * it.
	 * @param key {@value #RAW_BYTES} random bytes, which are copied
	 * @return the key
	 * @throws IllegalArgumentException if there are more or fewer bytes
	 */
	public static EncryptionKey ofRawKey(byte[] key) {
		if (key.length != RAW_BYTES) {
			throw new IllegalArgumentException("A raw key has " + RAW_BYTES + " bytes, not " + key.length);
		}
		return new EncryptionKey(key.clone(), null);
	}

	/**
	 * A raw key as text.
	 * @param text 64 hexadecimal digits, or base64 of {@value #RAW_BYTES} bytes in either
	 * alphabet, padded or not; wipe the characters afterwards
	 * @return the key
	 * @throws IllegalArgumentException if it is neither; the message does not quote it
	 */
	public static EncryptionKey ofText(char[] text) {
		byte[] raw = null;
		byte[] ascii = new byte[text.length];
		for (int i = 0; i < text.length; i++) {
			ascii[i] = (text[i] < 0x80) ? (byte) text[i] : 0;
		}
		try {
			raw = (text.length == HEX_DIGITS) ? HexFormat.of().parseHex(text, 0, text.length) : base64(ascii);
			if (raw.length == RAW_BYTES) {
				return new EncryptionKey(raw.clone(), null);
			}
		}
		catch (IllegalArgumentException ex) {
			// Its message quotes the text.
			raw = null;
		}
		finally {
			Arrays.fill(ascii, (byte) 0);
			if (raw != null) {
				Arrays.fill(raw, (byte) 0);
			}
		}
		throw new IllegalArgumentException("expected " + HEX_DIGITS + " hexadecimal digits, or base64 of " + RAW_BYTES
				+ " bytes; it has " + text.length + " characters");
	}

	private static byte[] base64(byte[] ascii) {
		boolean isUrlAlphabet = false;
		for (byte c : ascii) {
			isUrlAlphabet |= c == '-' || c == '_';
		}
		return (isUrlAlphabet ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(ascii);
	}

	/**
	 * A passphrase. PBKDF2 makes a key of it, with work that slows guessing down, and
	 * opening the database by some tenths of a second.
	 * @param passphrase its characters, at least one, which are copied
	 * @return the key
	 * @throws IllegalArgumentException if it is empty
	 */
	public static EncryptionKey ofPassphrase(char[] passphrase) {
		if (passphrase.length == 0) {
			throw new IllegalArgumentException("A passphrase has at least one character");
		}
		return new EncryptionKey(null, passphrase.clone());
	}

	/** The engine's form, which has a copy. */
	DatabaseKey toDatabaseKey() {
		checkOpen();
		return (this.raw != null) ? DatabaseKey.ofRawKey(this.raw)
				: DatabaseKey.ofPassphrase(this.passphrase, DatabaseKey.ITERATIONS);
	}

	boolean isSameAs(DatabaseKey key) {
		checkOpen();
		return (this.raw != null) ? key.isRawKey(this.raw) : key.isPassphrase(this.passphrase);
	}

	EncryptionKey copy() {
		checkOpen();
		return (this.raw != null) ? ofRawKey(this.raw) : ofPassphrase(this.passphrase);
	}

	private void checkOpen() {
		if (this.closed) {
			throw new IllegalStateException("The key has been wiped");
		}
	}

	/** Wipes the key. Closing again does nothing. */
	@Override
	public void close() {
		this.closed = true;
		if (this.raw != null) {
			Arrays.fill(this.raw, (byte) 0);
		}
		if (this.passphrase != null) {
			Arrays.fill(this.passphrase, '\0');
		}
	}

	@Override
	public String toString() {
		return (this.raw != null) ? "EncryptionKey[raw key]" : "EncryptionKey[passphrase]";
	}

}
