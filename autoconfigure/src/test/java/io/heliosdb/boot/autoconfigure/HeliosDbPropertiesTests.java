package io.heliosdb.boot.autoconfigure;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link HeliosDbProperties}. */
class HeliosDbPropertiesTests {

	@Test
	void theDatabaseIsInTheWorkingDirectoryByDefault() {
		assertThat(new HeliosDbProperties().getPath()).isEqualTo("./heliosdb.db");
	}

	@Test
	void whatIsNotSetIsLeftToTheDriver() {
		assertThat(new HeliosDbProperties().toConnectionParameters()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "native-directory, /opt/helios, native_directory, /opt/helios", "synchronous, full, synchronous, full",
			"busy-timeout, 2s, busy_timeout, 2000ms", "cache-size, 16MB, cache_size, 16777216B",
			"history.enabled, false, history, off", "history.enabled, true, history, on",
			"history.retention, 7d, history_retention, 604800000ms",
			"history.max-size, 1GB, history_max_size, 1073741824B", "encryption.key, 00ff, key, 00ff",
			"encryption.key-file, app.key, key_file, app.key",
			"encryption.passphrase, open sesame, passphrase, open sesame",
			"encryption.cache-size, 4MB, encryption_cache_size, 4194304B",
			"connection-properties.foreign_keys, off, foreign_keys, off",
			"connection-properties.transaction-mode, deferred, transaction_mode, deferred" })
	void aPropertyBecomesAConnectionParameter(String property, String value, String parameter, String parameterValue) {
		assertThat(bind(Map.of("heliosdb." + property, value)).toConnectionParameters())
			.containsExactly(Map.entry(parameter, parameterValue));
	}

	@Test
	void aPropertyGoesBeforeAConnectionPropertyOfTheSameMeaning() {
		HeliosDbProperties properties = bind(
				Map.of("heliosdb.synchronous", "full", "heliosdb.connection-properties.synchronous", "normal"));
		assertThat(properties.toConnectionParameters()).containsExactly(Map.entry("synchronous", "full"));
	}

	private static HeliosDbProperties bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bind("heliosdb", HeliosDbProperties.class)
			.get();
	}

}
