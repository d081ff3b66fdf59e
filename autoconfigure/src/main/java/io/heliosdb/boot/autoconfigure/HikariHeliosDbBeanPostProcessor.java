package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.heliosdb.jdbc.SqlState;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.util.Assert;

/**
 * Puts the pool that Boot built from our connection details in front of
 * {@link HeliosDatabase}, and sizes it unless {@code spring.datasource.hikari} does.
 */
final class HikariHeliosDbBeanPostProcessor implements BeanPostProcessor {

	private static final int SMALLEST_POOL = 4;

	private static final int LARGEST_POOL = 16;

	private final ObjectProvider<HeliosDbConnectionDetails> connectionDetails;

	private final ObjectProvider<HeliosDatabase> database;

	private final Environment environment;

	HikariHeliosDbBeanPostProcessor(ObjectProvider<HeliosDbConnectionDetails> connectionDetails,
			ObjectProvider<HeliosDatabase> database, Environment environment) {
		this.connectionDetails = connectionDetails;
		this.database = database;
		this.environment = environment;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof HikariDataSource pool
				&& this.connectionDetails.getObject().getJdbcUrl().equals(pool.getJdbcUrl())) {
			Assert.state(pool.getDataSourceProperties().isEmpty(),
					"spring.datasource.hikari.data-source-properties is not used for HeliosDB, "
							+ "heliosdb.connection-properties is");
			pool.setDataSource(this.database.getObject().getDataSource());
			if (!isConfigured("spring.datasource.hikari.maximum-pool-size")) {
				pool.setMaximumPoolSize(poolSize(Runtime.getRuntime().availableProcessors()));
			}
			if (pool.getExceptionOverride() == null && pool.getExceptionOverrideClassName() == null) {
				pool.setExceptionOverride(new KeepConnectionOverride());
			}
		}
		return bean;
	}

	private boolean isConfigured(String property) {
		return Binder.get(this.environment).bind(property, String.class).isBound();
	}

	/**
	 * Two connections for each processor, and from 4 to 16. A statement computes, it does
	 * not wait for a network, so readers win nothing by more connections than there are
	 * processors. Writers do wait, for their turn, holding a connection each; the second
	 * half is for them. Each connection may fill a page cache of its own, of 64MB unless
	 * configured otherwise, hence the upper bound; the lower one leaves room for
	 * transactions that suspend another.
	 */
	static int poolSize(int processors) {
		return Math.max(SMALLEST_POOL, Math.min(2 * processors, LARGEST_POOL));
	}

	/**
	 * HikariCP closes a connection, with the transaction it is in, whose statement took
	 * longer than its time-out: across a network it may be broken. Here it is as good as
	 * before.
	 */
	static final class KeepConnectionOverride implements SQLExceptionOverride {

		@java.lang.Override
		public Override adjudicate(SQLException exception) {
			return SqlState.CONNECTION_CLOSED.code().equals(exception.getSQLState()) ? Override.CONTINUE_EVICT
					: Override.DO_NOT_EVICT;
		}

	}

}
