package io.heliosdb.engine;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * HKDF with HMAC-SHA-256, as RFC 5869 has it: makes independent keys of one. JDK 17 has
 * none of its own.
 */
final class Hkdf {

	private Hkdf() {
	}

	/**
	 * Concentrates the input into a key for {@link #expand}.
	 * @param salt any bytes; need not be secret
	 * @param input the secret
	 * @return 32 bytes, for the caller to wipe
	 */
	static byte[] extract(byte[] salt, byte[] input) {
		return hmac((salt.length > 0) ? salt : new byte[HmacSha256.BYTES], input);
	}

	/**
	 * Makes a key for one purpose.
	 * @param key what {@link #extract} returned
	 * @param info names the purpose
	 * @param bytes how long it is to be, at most 255 * 32
	 * @return the key, for the caller to wipe
	 */
	static byte[] expand(byte[] key, byte[] info, int bytes) {
		byte[] out = new byte[bytes];
		byte[] block = new byte[0];
		for (int done = 0, number = 1; done < bytes; done += HmacSha256.BYTES, number++) {
			byte[] input = Arrays.copyOf(block, block.length + info.length + 1);
			System.arraycopy(info, 0, input, block.length, info.length);
			input[input.length - 1] = (byte) number;
			Arrays.fill(block, (byte) 0);
			block = hmac(key, input);
			Arrays.fill(input, (byte) 0);
			System.arraycopy(block, 0, out, done, Math.min(HmacSha256.BYTES, bytes - done));
		}
		Arrays.fill(block, (byte) 0);
		return out;
	}

	private static byte[] hmac(byte[] key, byte[] input) {
		try {
			return HmacSha256.of(key, input);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Every Java platform has HmacSHA256, which takes any key", ex);
		}
	}

}
