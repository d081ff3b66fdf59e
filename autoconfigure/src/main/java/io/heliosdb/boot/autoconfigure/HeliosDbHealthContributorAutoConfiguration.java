package io.heliosdb.boot.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link HeliosDbHealthIndicator}.
 */
@AutoConfiguration(after = HeliosDbAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnEnabledHealthIndicator("heliosdb")
public final class HeliosDbHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "heliosDbHealthIndicator", "heliosDbHealthContributor" })
	HeliosDbHealthIndicator heliosDbHealthIndicator(HeliosDatabase database) {
		return new HeliosDbHealthIndicator(database);
	}

}
