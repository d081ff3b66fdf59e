package io.heliosdb.boot.autoconfigure;

import io.heliosdb.boot.hibernate.HeliosDbDialect;
import org.hibernate.cfg.JdbcSettings;
import org.hibernate.community.dialect.SQLiteDialect;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.hibernate.autoconfigure.HibernatePropertiesCustomizer;
import org.springframework.boot.jpa.autoconfigure.JpaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.util.StringUtils;

/**
 * {@link EnableAutoConfiguration Auto-configuration} that has Hibernate use
 * {@link HeliosDbDialect}, unless a dialect is configured.
 */
@AutoConfiguration(after = HeliosDbAutoConfiguration.class, before = HibernateJpaAutoConfiguration.class)
@ConditionalOnClass({ HibernatePropertiesCustomizer.class, SQLiteDialect.class })
@ConditionalOnBean(HeliosDatabase.class)
@EnableConfigurationProperties(JpaProperties.class)
@ImportRuntimeHints(HeliosDbHibernateAutoConfiguration.Hints.class)
public final class HeliosDbHibernateAutoConfiguration {

	/** A platform goes to Hibernate on another way than properties do. */
	@Bean
	HibernatePropertiesCustomizer heliosDbHibernatePropertiesCustomizer(JpaProperties jpa) {
		return (properties) -> {
			if (!StringUtils.hasText(jpa.getDatabasePlatform())) {
				properties.putIfAbsent(JdbcSettings.DIALECT, HeliosDbDialect.class.getName());
			}
		};
	}

	/** Hibernate makes the dialect by its name. */
	static final class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.reflection().registerType(HeliosDbDialect.class, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS);
		}

	}

}
