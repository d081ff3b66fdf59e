package io.heliosdb.engine;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * PBKDF2 with HMAC-SHA-256, as RFC 8018, 5.2 has it, for a key of one block: makes a key
 * of a passphrase, slowly. The JDK's own keeps the passphrase and the key until a garbage
 * collection has found its object, and no call wipes them.
 */
final class Pbkdf2 {

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
		byte[] secret = utf8(passphrase);
		try (HmacSha256 hmac = new HmacSha256(secret)) {
			hmac.update(salt);
			byte[] block = hmac.finish(FIRST_BLOCK);
			byte[] key = block.clone();
			for (int i = 1; i < iterations; i++) {
				byte[] next = hmac.finish(block);
				Arrays.fill(block, (byte) 0);
				block = next;
				for (int j = 0; j < key.length; j++) {
					key[j] ^= block[j];
				}
			}
			Arrays.fill(block, (byte) 0);
			return key;
		}
		finally {
			Arrays.fill(secret, (byte) 0);
		}
	}

	/**
	 * Into a buffer that is large enough for any: one that has to grow leaves a copy
	 * behind.
	 */
	private static byte[] utf8(char[] characters) {
		CharsetEncoder encoder = StandardCharsets.UTF_8.newEncoder()
			.onMalformedInput(CodingErrorAction.REPLACE)
			.onUnmappableCharacter(CodingErrorAction.REPLACE);
		ByteBuffer buffer = ByteBuffer.allocate((int) Math.ceil(characters.length * encoder.maxBytesPerChar()));
		encoder.encode(CharBuffer.wrap(characters), buffer, true);
		byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
		Arrays.fill(buffer.array(), (byte) 0);
		return bytes;
	}

}
