package io.heliosdb.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;

import javax.crypto.Mac;

/**
 * PBKDF2 with HMAC-SHA-256, as RFC 8018, 5.2 has it, for a key of one block: makes a key
 * of a passphrase, slowly. The JDK's own keeps the passphrase and the key until a garbage
 * collection has found its object, and no call wipes them.
 */
final class Pbkdf2 {

	private static final String HMAC = "HmacSHA256";

	private static final byte[] FIRST_BLOCK = { 0, 0, 0, 1 };

	private Pbkdf2() {
	}

	/**
	 * Makes a key.
	 * @param passphrase its characters, used in UTF-8
	 * @param salt any bytes; need not be secret
	 * @param iterations how much work it is, at least 1
	 * @return 32 bytes, for the caller to wipe
	 * @throws GeneralSecurityException if a provider fails
	 */
	static byte[] derive(char[] passphrase, byte[] salt, int iterations) throws GeneralSecurityException {
		Mac mac = Mac.getInstance(HMAC);
		WipedKey macKey = key(passphrase);
		try {
			mac.init(macKey);
		}
		finally {
			macKey.destroy();
		}
		mac.update(salt);
		byte[] block = mac.doFinal(FIRST_BLOCK);
		byte[] key = block.clone();
		for (int i = 1; i < iterations; i++) {
			mac.update(block);
			mac.doFinal(block, 0);
			for (int j = 0; j < key.length; j++) {
				key[j] ^= block[j];
			}
		}
		Arrays.fill(block, (byte) 0);
		return key;
	}

	private static WipedKey key(char[] passphrase) {
		ByteBuffer utf8 = StandardCharsets.UTF_8.encode(CharBuffer.wrap(passphrase));
		byte[] bytes = new byte[utf8.remaining()];
		utf8.get(bytes);
		Arrays.fill(utf8.array(), (byte) 0);
		try {
			return new WipedKey(bytes, HMAC);
		}
		finally {
			Arrays.fill(bytes, (byte) 0);
		}
	}

}
