package io.heliosdb.boot.autoconfigure;

import javax.sql.DataSource;

import dev.langchain4j.store.embedding.EmbeddingStore;
import io.heliosdb.langchain4j.HeliosEmbeddingStore;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for LangChain4j's embedding store in
 * HeliosDB. It takes part in Spring's transactions.
 */
@AutoConfiguration(after = { HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class })
@ConditionalOnClass({ EmbeddingStore.class, HeliosEmbeddingStore.class })
@ConditionalOnBean(HeliosDatabase.class)
@ConditionalOnSingleCandidate(DataSource.class)
public final class HeliosDbEmbeddingStoreAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(EmbeddingStore.class)
	@DependsOnDatabaseInitialization
	HeliosEmbeddingStore heliosDbEmbeddingStore(DataSource dataSource) {
		return HeliosEmbeddingStore.builder(new TransactionAwareDataSourceProxy(dataSource)).hybrid(true).build();
	}

}
