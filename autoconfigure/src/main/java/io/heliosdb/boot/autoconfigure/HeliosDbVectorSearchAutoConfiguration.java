package io.heliosdb.boot.autoconfigure;

import javax.sql.DataSource;

import io.heliosdb.boot.vector.VectorSearchRepository;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link VectorSearchRepository}.
 */
@AutoConfiguration(after = { HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class })
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnSingleCandidate(DataSource.class)
public final class HeliosDbVectorSearchAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@DependsOnDatabaseInitialization
	VectorSearchRepository heliosDbVectorSearchRepository(DataSource dataSource,
			ObjectProvider<SQLExceptionTranslator> translator) {
		return new VectorSearchRepository(dataSource, translator.getIfAvailable(SQLExceptionSubclassTranslator::new));
	}

}
