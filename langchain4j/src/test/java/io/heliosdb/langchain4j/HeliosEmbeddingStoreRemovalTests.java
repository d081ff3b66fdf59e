package io.heliosdb.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import org.junit.jupiter.api.extension.RegisterExtension;

/** LangChain4j's own tests for {@link HeliosEmbeddingStore}. */
class HeliosEmbeddingStoreRemovalTests extends EmbeddingStoreWithRemovalIT {

	private static final EmbeddingModel MODEL = new AllMiniLmL6V2QuantizedEmbeddingModel();

	@RegisterExtension
	private final OwnStore own = new OwnStore();

	@Override
	protected EmbeddingStore<TextSegment> embeddingStore() {
		return this.own.store();
	}

	@Override
	protected EmbeddingModel embeddingModel() {
		return MODEL;
	}

}
