package io.heliosdb.boot.autoconfigure;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.AsOf;
import io.heliosdb.boot.timetravel.AsOfBeanPostProcessor;
import io.heliosdb.boot.timetravel.AsOfTransactionListener;
import io.heliosdb.boot.timetravel.TimeTravelRepository;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link TimeTravelRepository} and
 * {@link AsOf}.
 */
@AutoConfiguration(after = { HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class })
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnSingleCandidate(DataSource.class)
public final class HeliosDbTimeTravelAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	TimeTravelRepository heliosDbTimeTravelRepository(DataSource dataSource,
			ObjectProvider<PlatformTransactionManager> transactionManager,
			ObjectProvider<SQLExceptionTranslator> translator) {
		return new TimeTravelRepository(dataSource, transactionManager::getIfUnique,
				translator.getIfAvailable(SQLExceptionSubclassTranslator::new));
	}

	@Bean
	@ConditionalOnMissingBean
	AsOfTransactionListener heliosDbAsOfTransactionListener() {
		return new AsOfTransactionListener();
	}

	@Bean
	@ConditionalOnMissingBean
	static AsOfBeanPostProcessor heliosDbAsOfBeanPostProcessor(ObjectProvider<TimeTravelRepository> repository,
			Environment environment) {
		AsOfBeanPostProcessor processor = new AsOfBeanPostProcessor(repository::getObject);
		processor.setProxyTargetClass(environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
		return processor;
	}

}
