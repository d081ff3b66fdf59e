package io.heliosdb.boot.autoconfigure;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

import io.heliosdb.jdbc.EncryptionKey;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HeliosDbConnectionDetails}. */
class HeliosDbConnectionDetailsTests {

	@Test
	void aUrlWithoutParametersStaysAsItIs() {
		assertThat(url("jdbc:heliosdb:app.db", Map.of())).isEqualTo("jdbc:heliosdb:app.db");
	}

	@Test
	void parametersAreAddedToTheUrl() {
		Map<String, String> parameters = new LinkedHashMap<>();
		parameters.put("synchronous", "full");
		parameters.put("busy_timeout", "250ms");
		assertThat(url("jdbc:heliosdb:app.db", parameters))
			.isEqualTo("jdbc:heliosdb:app.db?synchronous=full&busy_timeout=250ms");
	}

	@Test
	void parametersOfTheUrlComeLastBecauseTheLastOneHolds() {
		assertThat(url("jdbc:heliosdb:app.db?busy_timeout=1s", Map.of("busy_timeout", "250ms")))
			.isEqualTo("jdbc:heliosdb:app.db?busy_timeout=250ms&busy_timeout=1s");
	}

	@Test
	void valuesAreEncoded() {
		assertThat(url("jdbc:heliosdb:app.db", Map.of("native_directory", "/opt/a b&c+d")))
			.isEqualTo("jdbc:heliosdb:app.db?native_directory=%2Fopt%2Fa%20b%26c%2Bd");
	}

	@Test
	void aKeyIsNotInTheUrl() {
		assertThat(url("jdbc:heliosdb:app.db", Map.of("key", "00ff"))).isEqualTo("jdbc:heliosdb:app.db");
	}

	@Test
	void aPassphraseIsNotInTheUrl() {
		assertThat(url("jdbc:heliosdb:app.db", Map.of("passphrase", "open sesame"))).isEqualTo("jdbc:heliosdb:app.db");
	}

	@Test
	void aKeyFileIsNoSecret() {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:app.db",
				Map.of("key_file", "app.key"), null);
		assertThat(details.hasSecrets()).isFalse();
		assertThat(details.getJdbcUrl()).isEqualTo("jdbc:heliosdb:app.db?key_file=app.key");
	}

	@Test
	void aSecretReachesTheDriver() {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:mem:secret",
				Map.of("key", "open sesame"), null);
		assertThat(details.hasSecrets()).isTrue();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> details.createDataSource(null))
			.withMessageContaining("'key'")
			.withMessageNotContaining("open sesame");
	}

	@Test
	void aProviderIsASecret() {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:app.db", Map.of(),
				(database) -> EncryptionKey.ofRawKey(new byte[32]));
		assertThat(details.hasSecrets()).isTrue();
		assertThat(details.getJdbcUrl()).isEqualTo("jdbc:heliosdb:app.db");
	}

	@Test
	void anUnknownParameterIsRefusedByTheDriver() {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:mem:typo",
				Map.of("bussy_timeout", "1s"), null);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> details.createDataSource(null))
			.withMessageContaining("busy_timeout");
	}

	@Test
	void eachPrivateMemoryDatabaseGetsANameOfItsOwn() {
		String one = url("jdbc:heliosdb::memory:", Map.of());
		assertThat(one).startsWith("jdbc:heliosdb:mem:").isNotEqualTo(url("jdbc:heliosdb::memory:", Map.of()));
	}

	@Test
	void aPrivateMemoryDatabaseKeepsTheParametersOfItsUrl() {
		assertThat(url("jdbc:heliosdb::memory:?foreign_keys=off", Map.of())).startsWith("jdbc:heliosdb:mem:")
			.endsWith("?foreign_keys=off");
	}

	@Test
	void thereIsNoUser() {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:app.db", Map.of(), null);
		assertThat(details.getUsername()).isEmpty();
		assertThat(details.getPassword()).isEmpty();
	}

	@Test
	void theDriverAcceptsTheUrl() throws SQLException {
		HeliosDbConnectionDetails details = new HeliosDbConnectionDetails("jdbc:heliosdb:app.db", Map.of(), null);
		assertThat(DriverManager.getDriver(details.getJdbcUrl()).getClass().getName())
			.isEqualTo(details.getDriverClassName());
	}

	private static String url(String url, Map<String, String> parameters) {
		return new HeliosDbConnectionDetails(url, parameters, null).getJdbcUrl();
	}

}
