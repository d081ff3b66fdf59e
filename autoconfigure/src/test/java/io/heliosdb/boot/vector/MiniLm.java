package io.heliosdb.boot.vector;

import java.util.List;
import java.util.stream.IntStream;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;

import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/** A real model for tests: MiniLM in this JVM, with vectors of 384 dimensions. */
class MiniLm implements EmbeddingModel {

	private final AllMiniLmL6V2QuantizedEmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel();

	@Override
	public EmbeddingResponse call(EmbeddingRequest request) {
		List<TextSegment> segments = request.getInstructions().stream().map(TextSegment::from).toList();
		List<dev.langchain4j.data.embedding.Embedding> embeddings = this.model.embedAll(segments).content();
		return new EmbeddingResponse(IntStream.range(0, embeddings.size())
			.mapToObj((i) -> new Embedding(embeddings.get(i).vector(), i))
			.toList());
	}

	@Override
	public float[] embed(Document document) {
		return embed(document.getText());
	}

	@Override
	public int dimensions() {
		return this.model.dimension();
	}

}
