package io.heliosdb.samples.semanticsearch;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import io.heliosdb.boot.vector.VectorRepository;
import io.heliosdb.boot.vector.VectorSearchRepository;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Search by meaning in a folder of texts: a model that runs in this process makes vectors
 * of their passages, and an embedded HeliosDB database finds the nearest.
 */
@SpringBootApplication
@EnableConfigurationProperties(SearchProperties.class)
public class SemanticSearchApplication {

	public static void main(String[] args) {
		SpringApplication.run(SemanticSearchApplication.class, args);
	}

	@Bean
	EmbeddingModel embeddingModel() {
		return new AllMiniLmL6V2QuantizedEmbeddingModel();
	}

	@Bean
	VectorRepository<VectorDocument> passages(VectorSearchRepository vectors, EmbeddingModel model) {
		return vectors.createCollection(
				VectorCollectionDefinition.of("passages", model.dimension()).withTokenizer("porter unicode61"));
	}

}
