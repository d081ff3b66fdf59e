package io.heliosdb.benchmarks.vectors;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;

/**
 * Embeds the glosses of WordNet, 117,659 short English sentences, with the MiniLM model
 * that comes in a jar: {@code Glosses <WordNet directory> <output directory> [threads]}.
 * Writes {@code glosses.txt}, one a line, and {@code minilm.f32}, of each 384 float32,
 * little-endian.
 */
public final class Glosses {

	private static final int BATCH = 512;

	private Glosses() {
	}

	/**
	 * Runs the program.
	 * @param args directory of WordNet's data files, directory for the output, number of
	 * threads (2 if there is none)
	 * @throws IOException if a file cannot be read or written
	 */
	public static void main(String[] args) throws IOException {
		Path output = Path.of(args[1]);
		int threads = (args.length > 2) ? Integer.parseInt(args[2]) : 2;
		List<String> glosses = read(Path.of(args[0]));
		Files.createDirectories(output);
		Files.write(output.resolve("glosses.txt"), glosses);
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		Path unfinished = output.resolve("minilm.f32.unfinished");
		try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished)))) {
			AllMiniLmL6V2QuantizedEmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel(executor);
			for (int from = 0; from < glosses.size(); from += BATCH) {
				List<TextSegment> batch = glosses.subList(from, Math.min(from + BATCH, glosses.size()))
					.stream()
					.map(TextSegment::from)
					.toList();
				for (Embedding embedding : model.embedAll(batch).content()) {
					out.write(bytes(embedding.vector()));
				}
				if (from / BATCH % 20 == 0) {
					System.out.printf("%,d of %,d glosses are embedded%n", from + batch.size(), glosses.size());
				}
			}
		}
		finally {
			executor.shutdown();
		}
		Files.move(unfinished, output.resolve("minilm.f32"));
	}

	private static List<String> read(Path wordnet) throws IOException {
		List<String> glosses = new ArrayList<>();
		for (String part : List.of("noun", "verb", "adj", "adv")) {
			try (Stream<String> lines = Files.lines(wordnet.resolve("data." + part), StandardCharsets.ISO_8859_1)) {
				lines.filter((line) -> !line.startsWith(" "))
					.map((line) -> line.substring(line.indexOf(" | ") + " | ".length()).strip())
					.forEach(glosses::add);
			}
		}
		return glosses;
	}

	private static byte[] bytes(float[] vector) {
		ByteBuffer buffer = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
		buffer.asFloatBuffer().put(vector);
		return buffer.array();
	}

}
