package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import javax.sql.DataSource;
import javax.sql.XADataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.boot.observation.QueryListeners;
import io.heliosdb.boot.observation.SlowQueryLogger;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.jdbc.EncryptionKeyProvider;
import io.heliosdb.jdbc.QueryListener;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCheckpointRestore;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for HeliosDB: connection details
 * from which {@link DataSourceAutoConfiguration} builds the application's data source,
 * unless {@code spring.datasource.url} names another database.
 */
@AutoConfiguration(before = DataSourceAutoConfiguration.class,
		after = { JndiDataSourceAutoConfiguration.class, XADataSourceAutoConfiguration.class },
		afterName = "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration")
@ConditionalOnBooleanProperty(name = "heliosdb.enabled", matchIfMissing = true)
@Conditional(OnHeliosDbCondition.class)
@ConditionalOnMissingBean(value = { DataSource.class, XADataSource.class, JdbcConnectionDetails.class },
		type = "io.r2dbc.spi.ConnectionFactory")
@EnableConfigurationProperties({ HeliosDbProperties.class, DataSourceProperties.class })
public final class HeliosDbAutoConfiguration {

	@Bean
	HeliosDbConnectionDetails heliosDbConnectionDetails(HeliosDbProperties properties,
			DataSourceProperties dataSourceProperties, ObjectProvider<EncryptionKeyProvider> keys) {
		properties.getEncryption().validate(keys.getIfAvailable() != null);
		String url = dataSourceProperties.getUrl();
		HeliosDbConnectionDetails connectionDetails = new HeliosDbConnectionDetails(
				StringUtils.hasText(url) ? url : HeliosDbConnectionDetails.URL_PREFIX + properties.getPath(),
				properties.toConnectionParameters(), keys.getIfAvailable());
		Assert.state(!connectionDetails.hasSecrets() || isHikari(dataSourceProperties),
				"Only HikariCP is given heliosdb.encryption.key, heliosdb.encryption.passphrase and the key of an "
						+ "EncryptionKeyProvider. " + "With another connection pool use heliosdb.encryption.key-file");
		return connectionDetails;
	}

	private static boolean isHikari(DataSourceProperties properties) {
		Class<?> type = properties.getType();
		if (type == null) {
			type = DataSourceBuilder.findType(properties.getClassLoader());
		}
		return type != null && type.getName().equals("com.zaxxer.hikari.HikariDataSource");
	}

	@Bean
	HeliosDatabase heliosDatabase(HeliosDbConnectionDetails connectionDetails, HeliosDbProperties properties,
			ObjectProvider<QueryListener> listeners) throws SQLException {
		List<QueryListener> all = new ArrayList<>(listeners.orderedStream().toList());
		Duration slowQueryThreshold = properties.getMetrics().getSlowQueryThreshold();
		if (slowQueryThreshold != null) {
			all.add(new SlowQueryLogger(slowQueryThreshold));
		}
		return HeliosDatabase.open(connectionDetails, QueryListeners.combine(all));
	}

	@Bean
	@ConditionalOnCheckpointRestore
	HeliosDbCheckpointRestoreLifecycle heliosDbCheckpointRestoreLifecycle(HeliosDatabase database,
			ObjectProvider<TimeTravelRepository> timeTravel) {
		return new HeliosDbCheckpointRestoreLifecycle(database, timeTravel);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HikariDataSource.class)
	static class HikariConfiguration {

		@Bean
		static HikariHeliosDbBeanPostProcessor hikariHeliosDbBeanPostProcessor(
				ObjectProvider<HeliosDbConnectionDetails> connectionDetails, ObjectProvider<HeliosDatabase> database,
				Environment environment) {
			return new HikariHeliosDbBeanPostProcessor(connectionDetails, database, environment);
		}

	}

}
