package io.heliosdb.engine;

import java.security.GeneralSecurityException;

import javax.crypto.Mac;

/**
 * The JDK's HMAC with SHA-256, RFC 2104, which keeps no key once it is closed. The JDK's
 * object has its key combined with constants, and its last result in the state of the
 * hash, until others take their place.
 */
final class HmacSha256 implements AutoCloseable {

	static final int BYTES = 32;

	private static final String NAME = "HmacSHA256";

	private final Mac mac;

	/**
	 * Begins with a key.
	 * @param key its bytes, which are not kept
	 * @throws GeneralSecurityException if the provider fails
	 */
	HmacSha256(byte[] key) throws GeneralSecurityException {
		this.mac = Mac.getInstance(NAME);
		setKey(key);
	}

	private void setKey(byte[] key) throws GeneralSecurityException {
		WipedKey copy = new WipedKey(key, NAME);
		try {
			this.mac.init(copy);
		}
		finally {
			copy.destroy();
		}
	}

	/** Takes input of which more follows. */
	void update(byte[] input) {
		this.mac.update(input);
	}

	/**
	 * Takes the rest of the input, and begins anew under the same key.
	 * @return {@value #BYTES} bytes, for the caller to wipe
	 */
	byte[] finish(byte[] input) {
		return this.mac.doFinal(input);
	}

	@Override
	public void close() throws GeneralSecurityException {
		setKey(new byte[BYTES]);
		this.mac.doFinal();
	}

	/** The code of a whole input. */
	static byte[] of(byte[] key, byte[] input) throws GeneralSecurityException {
		try (HmacSha256 hmac = new HmacSha256(key)) {
			return hmac.finish(input);
		}
	}

}
