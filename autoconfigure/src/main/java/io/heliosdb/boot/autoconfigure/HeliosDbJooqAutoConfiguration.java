package io.heliosdb.boot.autoconfigure;

import org.jooq.DSLContext;
import org.jooq.SQLDialect;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jooq.autoconfigure.DefaultConfigurationCustomizer;
import org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * {@link EnableAutoConfiguration Auto-configuration} that has jOOQ write SQLite's SQL,
 * unless {@code spring.jooq.sql-dialect} says otherwise. jOOQ itself goes by the URL.
 */
@AutoConfiguration(after = HeliosDbAutoConfiguration.class, before = JooqAutoConfiguration.class)
@ConditionalOnClass({ DSLContext.class, DefaultConfigurationCustomizer.class })
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnProperty(name = "spring.jooq.sql-dialect", matchIfMissing = true, havingValue = "never")
public final class HeliosDbJooqAutoConfiguration {

	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	DefaultConfigurationCustomizer heliosDbJooqConfigurationCustomizer() {
		return (configuration) -> configuration.set(SQLDialect.SQLITE);
	}

}
