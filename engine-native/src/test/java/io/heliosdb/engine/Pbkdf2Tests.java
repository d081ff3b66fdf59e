package io.heliosdb.engine;

import java.nio.charset.StandardCharsets;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link Pbkdf2} with the JDK's as oracle. */
class Pbkdf2Tests {

	@ParameterizedTest
	@CsvSource({ "x, salt, 1", "password, NaCl, 2", "open sesame, 0123456789abcdef, 1000",
			"Größe 東京 \uD83D\uDE00, 0123456789abcdef, 5000",
			"a passphrase that is longer than the sixty-four bytes of a block of SHA-256, 0123456789abcdef, 1000" })
	void makesTheKeyThatTheJdkMakes(String passphrase, String salt, int iterations) throws Exception {
		byte[] salted = salt.getBytes(StandardCharsets.US_ASCII);
		byte[] expected = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
			.generateSecret(new PBEKeySpec(passphrase.toCharArray(), salted, iterations, 256))
			.getEncoded();
		assertThat(Pbkdf2.derive(passphrase.toCharArray(), salted, iterations)).isEqualTo(expected);
	}

}
