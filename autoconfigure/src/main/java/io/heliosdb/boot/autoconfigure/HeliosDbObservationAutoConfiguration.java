package io.heliosdb.boot.autoconfigure;

import io.heliosdb.boot.observation.DatabaseMetrics;
import io.heliosdb.boot.observation.ObservationQueryListener;
import io.heliosdb.boot.observation.QueryObservationConvention;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the observation of queries,
 * which leaves it to datasource-micrometer if that is there, and for the database's
 * meters.
 */
@AutoConfiguration(after = HeliosDbAutoConfiguration.class,
		afterName = { "net.ttddyy.observation.boot.autoconfigure.DataSourceObservationAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
				"org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnBooleanProperty(name = "heliosdb.metrics.enabled", matchIfMissing = true)
public final class HeliosDbObservationAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ObservationRegistry.class)
	static class QueryConfiguration {

		@Bean
		@ConditionalOnBean(ObservationRegistry.class)
		@ConditionalOnMissingBean(value = ObservationQueryListener.class,
				type = "net.ttddyy.observation.tracing.DataSourceObservationListener")
		ObservationQueryListener heliosDbObservationQueryListener(ObservationRegistry registry,
				ObjectProvider<QueryObservationConvention> convention) {
			return new ObservationQueryListener(registry, convention.getIfAvailable());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	static class MeterConfiguration {

		@Bean
		@ConditionalOnBean(MeterRegistry.class)
		@ConditionalOnMissingBean
		DatabaseMetrics heliosDbMetrics(HeliosDatabase database) {
			return new DatabaseMetrics(database, database.getName());
		}

	}

}
