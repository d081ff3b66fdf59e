package io.heliosdb.langchain4j;

import java.nio.file.Path;
import java.sql.SQLException;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.EmbeddingStoreWithRemovalIT;
import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own tests for {@link HeliosEmbeddingStore}. */
class HeliosEmbeddingStoreRemovalTests extends EmbeddingStoreWithRemovalIT {

	private static final EmbeddingModel MODEL = new AllMiniLmL6V2QuantizedEmbeddingModel();

	@TempDir
	private Path folder;

	private HeliosDataSource dataSource;

	private EmbeddingStore<TextSegment> store;

	@BeforeEach
	void createStore() throws SQLException {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + this.folder.resolve("app.db"));
		this.store = HeliosEmbeddingStore.builder(this.dataSource).build();
	}

	@AfterEach
	void closeDatabase() throws SQLException {
		this.dataSource.close();
	}

	@Override
	protected EmbeddingStore<TextSegment> embeddingStore() {
		return this.store;
	}

	@Override
	protected EmbeddingModel embeddingModel() {
		return MODEL;
	}

}
