package io.heliosdb.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for the metadata by which an IDE completes configuration properties. */
class ConfigurationMetadataTests {

	@ParameterizedTest
	@ValueSource(strings = { "heliosdb.enabled", "heliosdb.path", "heliosdb.native-directory", "heliosdb.synchronous",
			"heliosdb.busy-timeout", "heliosdb.cache-size", "heliosdb.history.enabled", "heliosdb.history.retention",
			"heliosdb.history.max-size", "heliosdb.encryption.key", "heliosdb.encryption.key-file",
			"heliosdb.encryption.passphrase", "heliosdb.encryption.cache-size", "heliosdb.metrics.enabled",
			"heliosdb.metrics.slow-query-threshold", "heliosdb.connection-properties",
			"management.health.heliosdb.enabled" })
	void aPropertyIsDescribed(String name) throws IOException {
		assertThat(properties()).filteredOn((property) -> name.equals(property.get("name")))
			.singleElement()
			.satisfies((property) -> assertThat((String) property.get("description")).isNotBlank());
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> properties() throws IOException {
		try (InputStream metadata = HeliosDbProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return (List<Map<String, Object>>) new JsonMapper().readValue(metadata, Map.class).get("properties");
		}
	}

}
