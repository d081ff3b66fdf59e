package io.heliosdb.jdbc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a database, made by what docs/file-format.md says and nothing else, to be
 * looked for where none of them may be.
 */
final class DerivedKeys {

	private static final int KEY_BYTES = 32;

	private static final int SALT_BYTES = 16;

	private static final int KINDS = 4;

	/** What HMAC combines a key with, RFC 2104, 2: a key is as good as itself in it. */
	private static final int[] HMAC_PADS = { 0x36, 0x5c };

	private DerivedKeys() {
	}

	/** The characters of an ASCII text as a heap dump has a {@code char[]}. */
	static byte[] characters(byte[] ascii) {
		return new String(ascii, StandardCharsets.US_ASCII).getBytes(StandardCharsets.UTF_16BE);
	}

	/** Whether a key is there, as it is or as an HMAC has it. */
	static boolean contains(byte[] content, byte[] key) {
		return containsMasked(content, key, 0)
				|| Arrays.stream(HMAC_PADS).anyMatch((pad) -> containsMasked(content, key, pad));
	}

	private static boolean containsMasked(byte[] content, byte[] key, int mask) {
		byte[] masked = new byte[key.length];
		for (int i = 0; i < key.length; i++) {
			masked[i] = (byte) (key[i] ^ mask);
		}
		for (int i = 0; i + masked.length <= content.length; i++) {
			if (content[i] == masked[0] && Arrays.equals(content, i, i + masked.length, masked, 0, masked.length)) {
				return true;
			}
		}
		return false;
	}

	/** All keys that are made of a raw key or a passphrase for the epoch of page 1. */
	static Map<String, byte[]> of(Path database, byte[] given, boolean isPassphrase)
			throws IOException, GeneralSecurityException {
		ByteBuffer page = ByteBuffer.wrap(Files.readAllBytes(database));
		int pageSize = Short.toUnsignedInt(page.getShort(16));
		byte[] salt = Arrays.copyOfRange(page.array(), 72, 72 + SALT_BYTES);
		int epoch = page.getInt(pageSize - 4);
		byte[] secret = given;
		Map<String, byte[]> keys = new TreeMap<>();
		if (isPassphrase) {
			secret = pbkdf2(given, salt, 1000 * Short.toUnsignedInt(page.getShort(6)));
			keys.put("PBKDF2's", secret);
		}
		byte[] master = mac(salt).doFinal(secret);
		keys.put("master", master);
		for (int kind = 1; kind <= KINDS; kind++) {
			Mac mac = mac(master);
			mac.update("heliosdb 1 units".getBytes(StandardCharsets.US_ASCII));
			mac.update(ByteBuffer.allocate(8).putInt(kind).putInt(epoch).array());
			keys.put("units of kind " + kind, mac.doFinal(new byte[] { 1 }));
		}
		return keys;
	}

	/** RFC 8018, 5.2, for a key of one block. */
	private static byte[] pbkdf2(byte[] passphrase, byte[] salt, int iterations) throws GeneralSecurityException {
		Mac mac = mac(passphrase);
		mac.update(salt);
		byte[] block = mac.doFinal(new byte[] { 0, 0, 0, 1 });
		byte[] key = block.clone();
		for (int i = 1; i < iterations; i++) {
			block = mac.doFinal(block);
			for (int j = 0; j < KEY_BYTES; j++) {
				key[j] ^= block[j];
			}
		}
		return key;
	}

	private static Mac mac(byte[] key) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(new SecretKeySpec(key, "HmacSHA256"));
		return mac;
	}

}
