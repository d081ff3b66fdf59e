package io.heliosdb.boot.autoconfigure;

import javax.sql.DataSource;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.sql.autoconfigure.init.ApplicationScriptDatabaseInitializer;
import org.springframework.boot.sql.autoconfigure.init.ConditionalOnSqlInitialization;
import org.springframework.boot.sql.autoconfigure.init.SqlInitializationProperties;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@code schema.sql} and
 * {@code data.sql}, which Boot on its own runs on embedded databases it knows.
 */
@AutoConfiguration(after = { DataSourceAutoConfiguration.class, HeliosDbAutoConfiguration.class },
		before = DataSourceInitializationAutoConfiguration.class)
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnMissingBean(ApplicationScriptDatabaseInitializer.class)
@ConditionalOnSqlInitialization
@Import(DatabaseInitializationDependencyConfigurer.class)
@EnableConfigurationProperties(SqlInitializationProperties.class)
public final class HeliosDbSqlInitializationAutoConfiguration {

	@Bean
	HeliosDbScriptDatabaseInitializer heliosDbScriptDatabaseInitializer(DataSource dataSource,
			SqlInitializationProperties properties) {
		return new HeliosDbScriptDatabaseInitializer(dataSource, properties);
	}

}
