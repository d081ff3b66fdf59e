package io.heliosdb.boot.autoconfigure;

import java.util.List;

import org.flywaydb.core.Flyway;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.flyway.autoconfigure.FlywayProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * {@link EnableAutoConfiguration Auto-configuration} that has <code>{vendor}</code> in
 * {@code spring.flyway.locations} mean {@code sqlite}. Boot knows no vendor for
 * {@code jdbc:heliosdb:}.
 */
@AutoConfiguration(after = HeliosDbAutoConfiguration.class, before = FlywayAutoConfiguration.class)
@ConditionalOnClass({ Flyway.class, FlywayConfigurationCustomizer.class })
@ConditionalOnBean(HeliosDatabase.class)
@EnableConfigurationProperties(FlywayProperties.class)
public final class HeliosDbFlywayAutoConfiguration {

	private static final String VENDOR = "{vendor}";

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	FlywayConfigurationCustomizer heliosDbFlywayConfigurationCustomizer(FlywayProperties properties) {
		List<String> locations = properties.getLocations();
		return (configuration) -> {
			if (locations.stream().anyMatch((location) -> location.contains(VENDOR))) {
				configuration.locations(locations.stream()
					.map((location) -> location.replace(VENDOR, "sqlite"))
					.toArray(String[]::new));
			}
		};
	}

}
