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
 * the nonce, see {@code storage/cipher.h}. It is worked on in place.
 */
final class PageCipher {

	/** Result: it worked. */
	static final int DONE = 0;

	/** Result of {@link #open}: the unit is not what {@link #seal} made. */
	static final int FORGED = 1;

	private static final int AUTHENTICATED_BYTES = 64;

	private static final int TAG_BYTES = 16;

	private static final int NONCE_BYTES = 12;

	private static final int NONCES = 128;

	private final DatabaseCipher keys;

	private final Cipher cipher;

	private final SecureRandom random;

	/** Random bytes, fetched for many nonces at a time. Each is used once. */
	private final byte[] nonces = new byte[NONCES * NONCE_BYTES];

	private int nextNonce = this.nonces.length;

	PageCipher(DatabaseCipher keys, SecureRandom random) throws GeneralSecurityException {
		this.keys = keys;
		this.random = random;
		this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
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
		if (this.nextNonce == this.nonces.length) {
			this.random.nextBytes(this.nonces);
			this.nextNonce = 0;
		}
		GCMParameterSpec nonce = new GCMParameterSpec(TAG_BYTES * 8, this.nonces, this.nextNonce, NONCE_BYTES);
		this.cipher.init(Cipher.ENCRYPT_MODE, this.keys.key(kind, epoch), nonce);
		this.cipher.updateAAD(unit, 0, AUTHENTICATED_BYTES);
		int sealed = this.cipher.doFinal(unit, AUTHENTICATED_BYTES, bytes, unit, AUTHENTICATED_BYTES);
		System.arraycopy(this.nonces, this.nextNonce, unit, AUTHENTICATED_BYTES + sealed, NONCE_BYTES);
		this.nextNonce += NONCE_BYTES;
		return DONE;
	}

	/**
	 * Decrypts a unit.
	 * @param kind the kind of its file
	 * @param epoch the number of the key
	 * @param unit the unit
	 * @param bytes of its content
	 * @return {@link #DONE} or {@link #FORGED}
	 * @throws GeneralSecurityException if the provider fails
	 */
	int open(int kind, int epoch, byte[] unit, int bytes) throws GeneralSecurityException {
		int sealed = bytes + TAG_BYTES;
		this.cipher.init(Cipher.DECRYPT_MODE, this.keys.key(kind, epoch),
				new GCMParameterSpec(TAG_BYTES * 8, unit, AUTHENTICATED_BYTES + sealed, NONCE_BYTES));
		this.cipher.updateAAD(unit, 0, AUTHENTICATED_BYTES);
		try {
			this.cipher.doFinal(unit, AUTHENTICATED_BYTES, sealed, unit, AUTHENTICATED_BYTES);
			return DONE;
		}
		catch (AEADBadTagException ex) {
			return FORGED;
		}
	}

	/** Has the provider's object forget its key, as far as that is to be had. */
	void wipe() {
		byte[] other = new byte[DatabaseCipher.KEY_BYTES];
		this.random.nextBytes(other);
		try {
			this.cipher.init(Cipher.DECRYPT_MODE, new WipedKey(other, "AES"),
					new GCMParameterSpec(TAG_BYTES * 8, other, 0, NONCE_BYTES));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("AES/GCM takes any key of 32 bytes", ex);
		}
	}

}
