package io.heliosdb.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys of one database: one for each kind of its files and each epoch, all made of
 * the user's key and the database's salt. Safe for use by many threads.
 */
final class DatabaseCipher {

	static final int KEY_BYTES = 32;

	static final int CHECK_BYTES = 8;

	private static final byte[] CHECK = "heliosdb 1 check".getBytes(StandardCharsets.US_ASCII);

	private static final byte[] UNITS = "heliosdb 1 units".getBytes(StandardCharsets.US_ASCII);

	private final byte[] master;

	private final SecureRandom random;

	private final Map<Long, WipedKey> keys = new ConcurrentHashMap<>();

	private final List<PageCipher> lanes = new ArrayList<>();

	private boolean wiped;

	DatabaseCipher(byte[] secret, byte[] salt, SecureRandom random) {
		this.master = Hkdf.extract(salt, secret);
		this.random = random;
	}

	/**
	 * The value by which the database's header tells this key from others.
	 * @return {@value #CHECK_BYTES} bytes that say nothing about the key
	 */
	byte[] check() {
		return Hkdf.expand(this.master, CHECK, CHECK_BYTES);
	}

	/**
	 * The key for a kind of files.
	 * @param kind of {@code storage/cipher.h}
	 * @param epoch its number
	 * @return the key
	 */
	WipedKey key(int kind, int epoch) {
		return this.keys.computeIfAbsent((long) kind << 32 | epoch & 0xffffffffL, (name) -> newKey(kind, epoch));
	}

	private synchronized WipedKey newKey(int kind, int epoch) {
		if (this.wiped) {
			throw new IllegalStateException("The database's keys have been wiped");
		}
		byte[] info = ByteBuffer.allocate(UNITS.length + 8).put(UNITS).putInt(kind).putInt(epoch).array();
		byte[] key = Hkdf.expand(this.master, info, KEY_BYTES);
		try {
			return new WipedKey(key, "AES");
		}
		finally {
			Arrays.fill(key, (byte) 0);
		}
	}

	/**
	 * Something to encrypt with, for one thread at a time.
	 * @return a new one
	 */
	synchronized PageCipher lane() {
		PageCipher lane = new PageCipher(this, this.random);
		this.lanes.add(lane);
		return lane;
	}

	/** The last file of the database has been closed. */
	synchronized void wipe() {
		this.wiped = true;
		Arrays.fill(this.master, (byte) 0);
		this.keys.values().forEach(WipedKey::destroy);
		this.keys.clear();
		this.lanes.forEach(PageCipher::wipe);
		this.lanes.clear();
	}

}
