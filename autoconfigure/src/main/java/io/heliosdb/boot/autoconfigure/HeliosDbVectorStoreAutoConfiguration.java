package io.heliosdb.boot.autoconfigure;

import io.heliosdb.boot.vector.HeliosVectorStore;
import io.heliosdb.boot.vector.VectorSearchRepository;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.ai.embedding.BatchingStrategy;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.TokenCountBatchingStrategy;
import org.springframework.ai.vectorstore.SpringAIVectorStoreTypes;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.ai.vectorstore.observation.VectorStoreObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for {@link HeliosVectorStore}. It
 * comes last, as each of Spring AI's embedding models has an auto-configuration of its
 * own.
 */
@AutoConfiguration(after = HeliosDbVectorSearchAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass({ VectorStore.class, EmbeddingModel.class })
@ConditionalOnBean(VectorSearchRepository.class)
@ConditionalOnSingleCandidate(EmbeddingModel.class)
@ConditionalOnProperty(name = SpringAIVectorStoreTypes.TYPE, havingValue = "heliosdb", matchIfMissing = true)
@EnableConfigurationProperties(HeliosDbVectorStoreProperties.class)
public final class HeliosDbVectorStoreAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(VectorStore.class)
	HeliosVectorStore heliosDbVectorStore(VectorSearchRepository repository, EmbeddingModel embeddingModel,
			HeliosDbVectorStoreProperties properties, ObjectProvider<ObservationRegistry> observationRegistry,
			ObjectProvider<VectorStoreObservationConvention> convention,
			ObjectProvider<BatchingStrategy> batchingStrategy) {
		return HeliosVectorStore.builder(repository, embeddingModel)
			.collection(properties.getCollection())
			.dimensions(properties.getDimensions())
			.metric(properties.getMetric())
			.index(properties.isIndex())
			.fullText(properties.isFullText())
			.initializeSchema(properties.isInitializeSchema())
			.observationRegistry(observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP))
			.customObservationConvention(convention.getIfAvailable())
			.batchingStrategy(batchingStrategy.getIfAvailable(TokenCountBatchingStrategy::new))
			.build();
	}

}
