package io.heliosdb.engine;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM on units of a database's files: pages, frames of the WAL and so on. One
 * thread at a time uses an instance; the engine keeps as many as work at the same time.
 * <p>
 * A unit is 64 bytes that are authenticated, the content, 16 bytes for the tag and 12 for
 * the nonce, see {@code storage/cipher.h}. It is encrypted in place, and decrypted into
 * another array: in place the JDK would decrypt into a new one and copy.
 * <p>
 * Each kind of files has a key of its own, and a checkpoint reads one kind and writes
 * another: a cipher for each spares the provider to expand a key for every unit.
 */
final class PageCipher {

	/** Result: it worked. */
	static final int DONE = 0;

	/** Result of {@link #open}: the unit is not what {@link #seal} made. */
	static final int FORGED = 1;

	private static final int AUTHENTICATED_BYTES = 64;

	private static final int TAG_BYTES = 16;

	private static final int NONCE_BYTES = 12;

	private static final int RUN = 128;

	private static final int KINDS = 5;

	private final DatabaseCipher keys;

	private final SecureRandom random;

	/** By the kind of file; null until there is a unit of it. */
	private final Keyed[] ciphers = new Keyed[KINDS];

	/**
	 * The nonce of the last unit. A run of units begins with a random one, and in it each
	 * is the one before plus 1, the second way of NIST SP 800-38D, 8.2.2. Runs are short,
	 * as a copy of this process (a virtual machine's snapshot) goes on with the same one.
	 */
	private final byte[] nonce = new byte[NONCE_BYTES];

	private int leftOfRun;

	PageCipher(DatabaseCipher keys, SecureRandom random) {
		this.keys = keys;
		this.random = random;
	}

	/**
	 * Encrypts a unit under a nonce of its own.
	 * @param kind the kind of its file
	 * @param epoch the number of the key
	 * @param unit the unit
	 * @param bytes of its content
	 * @return {@link #DONE}
	 * @throws GeneralSecurityException if the provider fails
	 */
	int seal(int kind, int epoch, byte[] unit, int bytes) throws GeneralSecurityException {
		Keyed keyed = keyed(kind, epoch);
		Cipher cipher = keyed.cipher;
		advanceNonce();
		cipher.init(Cipher.ENCRYPT_MODE, keyed.key, new GCMParameterSpec(TAG_BYTES * 8, this.nonce));
		cipher.updateAAD(unit, 0, AUTHENTICATED_BYTES);
		int sealed = cipher.doFinal(unit, AUTHENTICATED_BYTES, bytes, unit, AUTHENTICATED_BYTES);
		System.arraycopy(this.nonce, 0, unit, AUTHENTICATED_BYTES + sealed, NONCE_BYTES);
		return DONE;
	}

	/**
	 * Decrypts a unit.
	 * @param kind the kind of its file
	 * @param epoch the number of the key
	 * @param unit the unit
	 * @param bytes of its content
	 * @param plain what the content goes to, from 0 on
	 * @return {@link #DONE} or {@link #FORGED}
	 * @throws GeneralSecurityException if the provider fails
	 */
	int open(int kind, int epoch, byte[] unit, int bytes, byte[] plain) throws GeneralSecurityException {
		int sealed = bytes + TAG_BYTES;
		Keyed keyed = keyed(kind, epoch);
		Cipher cipher = keyed.cipher;
		cipher.init(Cipher.DECRYPT_MODE, keyed.key,
				new GCMParameterSpec(TAG_BYTES * 8, unit, AUTHENTICATED_BYTES + sealed, NONCE_BYTES));
		cipher.updateAAD(unit, 0, AUTHENTICATED_BYTES);
		try {
			cipher.doFinal(unit, AUTHENTICATED_BYTES, sealed, plain, 0);
			return DONE;
		}
		catch (AEADBadTagException ex) {
			return FORGED;
		}
	}

	private Keyed keyed(int kind, int epoch) throws GeneralSecurityException {
		Keyed keyed = this.ciphers[kind];
		if (keyed == null) {
			keyed = new Keyed(Cipher.getInstance("AES/GCM/NoPadding"));
			this.ciphers[kind] = keyed;
		}
		if (keyed.key == null || keyed.epoch != epoch) {
			keyed.key = this.keys.key(kind, epoch);
			keyed.epoch = epoch;
		}
		return keyed;
	}

	/** Before each use, so that one whose encryption failed is not taken again. */
	private void advanceNonce() {
		if (this.leftOfRun == 0) {
			this.random.nextBytes(this.nonce);
			this.leftOfRun = RUN;
		}
		else {
			for (int i = NONCE_BYTES - 1; ++this.nonce[i] == 0 && i > 0; i--) {
				// carries
			}
		}
		this.leftOfRun--;
	}

	/**
	 * Has the provider's objects forget their keys by giving them another one. To
	 * encrypt: the JDK's keeps the last key for that apart, to refuse a nonce that it has
	 * seen.
	 */
	void wipe() {
		byte[] other = new byte[DatabaseCipher.KEY_BYTES];
		this.random.nextBytes(other);
		try {
			for (Keyed keyed : this.ciphers) {
				if (keyed != null) {
					keyed.key = null;
					keyed.cipher.init(Cipher.ENCRYPT_MODE, new WipedKey(other, "AES"),
							new GCMParameterSpec(TAG_BYTES * 8, other, 0, NONCE_BYTES));
				}
			}
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("AES/GCM takes any key of 32 bytes", ex);
		}
	}

	/** A cipher and the key that it worked with last. */
	private static final class Keyed {

		private final Cipher cipher;

		private WipedKey key;

		private int epoch;

		Keyed(Cipher cipher) {
			this.cipher = cipher;
		}

	}

}
