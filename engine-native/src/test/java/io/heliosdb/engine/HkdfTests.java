package io.heliosdb.engine;

import java.util.HexFormat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link Hkdf} with the SHA-256 vectors of RFC 5869, appendix A. */
class HkdfTests {

	/** So many bytes that count up. */
	private static byte[] bytes(int first, int count, int step) {
		byte[] bytes = new byte[count];
		for (int i = 0; i < count; i++) {
			bytes[i] = (byte) (first + i * step);
		}
		return bytes;
	}

	@ParameterizedTest
	@CsvSource({
			"11, 22, 0, 0, 13, 240, 10, 077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5, "
					+ "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
			"0, 80, 1, 96, 80, 176, 80, 06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244, "
					+ "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
					+ "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
			"11, 22, 0, 0, 0, 0, 0, 19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04, "
					+ "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" })
	void makesWhatTheStandardSays(int input, int inputBytes, int inputStep, int salt, int saltBytes, int info,
			int infoBytes, String extracted, String expanded) {
		byte[] key = Hkdf.extract(bytes(salt, saltBytes, 1), bytes(input, inputBytes, inputStep));
		assertThat(HexFormat.of().formatHex(key)).isEqualTo(extracted);
		assertThat(HexFormat.of().formatHex(Hkdf.expand(key, bytes(info, infoBytes, 1), expanded.length() / 2)))
			.isEqualTo(expanded);
	}

}
