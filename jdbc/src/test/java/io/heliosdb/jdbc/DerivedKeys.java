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
 * The keys of a database, made by what docs/file-format.md says and nothing else. They
 * are looked for in the memory of this process, so that none of them is kept: each is
 * masked.
 */
final class DerivedKeys {

	private static final byte MASK = 0x5a;

	private static final int KEY_BYTES = 32;

	private static final int SALT_BYTES = 16;

	private static final int KINDS = 4;

	private DerivedKeys() {
	}

	static byte[] mask(byte[] bytes) {
		byte[] masked = new byte[bytes.length];
		for (int i = 0; i < bytes.length; i++) {
			masked[i] = (byte) (bytes[i] ^ MASK);
		}
		return masked;
	}

	/** The characters of an ASCII text as a heap dump has a {@code char[]}. */
	static byte[] maskedCharacters(byte[] masked) {
		byte[] characters = new byte[2 * masked.length];
		for (int i = 0; i < masked.length; i++) {
			characters[2 * i] = MASK;
			characters[2 * i + 1] = masked[i];
		}
		return characters;
	}

	static boolean contains(byte[] content, byte[] masked) {
		for (int i = 0; i + masked.length <= content.length; i++) {
			int length = 0;
			while (length < masked.length && content[i + length] == (byte) (masked[length] ^ MASK)) {
				length++;
			}
			if (length == masked.length) {
				return true;
			}
		}
		return false;
	}

	/** All keys that are made of a raw key or a passphrase for the epoch of page 1. */
	static Map<String, byte[]> maskedKeys(Path database, byte[] maskedSecret, boolean isPassphrase)
			throws IOException, GeneralSecurityException {
		ByteBuffer page = ByteBuffer.wrap(Files.readAllBytes(database));
		int pageSize = Short.toUnsignedInt(page.getShort(16));
		byte[] salt = Arrays.copyOfRange(page.array(), 72, 72 + SALT_BYTES);
		int epoch = page.getInt(pageSize - 4);
		byte[] secret = mask(maskedSecret);
		Map<String, byte[]> keys = new TreeMap<>();
		if (isPassphrase) {
			secret = pbkdf2(secret, salt, 1000 * Short.toUnsignedInt(page.getShort(6)));
			keys.put("PBKDF2's", mask(secret));
		}
		byte[] master = mac(salt).doFinal(secret);
		keys.put("master", mask(master));
		for (int kind = 1; kind <= KINDS; kind++) {
			Mac mac = mac(master);
			mac.update("heliosdb 1 units".getBytes(StandardCharsets.US_ASCII));
			mac.update(ByteBuffer.allocate(8).putInt(kind).putInt(epoch).array());
			keys.put("units of kind " + kind, mask(mac.doFinal(new byte[] { 1 })));
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
