import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.FSDirectory;

/**
 * Lucene's HNSW index on the vectors that {@code vector_search prepare} wrote:
 * {@code LuceneSearch <directory> [threads]}. A program of one file, as Lucene takes a
 * newer Java than the rest: {@code java --add-modules jdk.incubator.vector -cp
 * lucene-core.jar LuceneSearch.java …}.
 */
public final class LuceneSearch {

	private static final int DIMENSIONS = 384;

	private static final int NEAREST = 10;

	private static final int SINGLE_INSERTS = 20;

	private static final int PASSES = 3;

	private LuceneSearch() {
	}

	/**
	 * Runs the program.
	 * @param args the directory and the number of threads that build the index
	 * @throws Exception if anything fails
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[0]);
		int threads = (args.length > 1) ? Integer.parseInt(args[1]) : 2;
		float[][] queries = vectors(directory.resolve("queries.f32"));
		int[] truth = truth(directory.resolve("truth.i32"));
		Path folder = directory.resolve("lucene");
		delete(folder);
		try (FSDirectory files = FSDirectory.open(folder)) {
			build(files, directory.resolve("stored.f32"), threads);
			System.out.printf("Lucene: %.1f bytes a vector%n",
					(double) size(folder) / (Files.size(directory.resolve("stored.f32")) / (4 * DIMENSIONS)));
			try (DirectoryReader reader = DirectoryReader.open(files)) {
				IndexSearcher searcher = new IndexSearcher(reader);
				for (int candidates : new int[] { 20, 35, 50, 75, 100, 150 }) {
					search(searcher, queries, truth, candidates);
				}
			}
			insertSingly(files, queries);
		}
		delete(folder);
	}

	private static Document document(int id, float[] vector) {
		Document document = new Document();
		document.add(new StoredField("id", id));
		document.add(new KnnFloatVectorField("vector", vector, VectorSimilarityFunction.DOT_PRODUCT));
		return document;
	}

	private static void build(FSDirectory files, Path stored, int threads) throws Exception {
		float[][] vectors = vectors(stored);
		IndexWriterConfig config = new IndexWriterConfig().setRAMBufferSizeMB(512);
		long start = System.nanoTime();
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try (IndexWriter writer = new IndexWriter(files, config)) {
			List<Future<Object>> parts = IntStream.range(0, threads)
				.mapToObj((part) -> executor.submit(() -> insert(writer, vectors, part, threads)))
				.toList();
			for (Future<Object> part : parts) {
				part.get();
			}
			writer.forceMerge(1);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException("Lucene cannot add the vectors", ex);
		}
		finally {
			executor.shutdown();
		}
		System.out.printf("Lucene: build on %d threads and merge to one segment: %.1f us a vector%n", threads,
				(System.nanoTime() - start) / 1e3 / vectors.length);
	}

	private static Object insert(IndexWriter writer, float[][] vectors, int part, int threads) throws IOException {
		for (int i = part; i < vectors.length; i += threads) {
			writer.addDocument(document(i + 1, vectors[i]));
		}
		return null;
	}

	/** Each with a commit of its own, after which it is on the disk. */
	private static void insertSingly(FSDirectory files, float[][] vectors) throws IOException {
		try (IndexWriter writer = new IndexWriter(files, new IndexWriterConfig())) {
			long start = System.nanoTime();
			for (int i = 0; i < SINGLE_INSERTS; i++) {
				writer.addDocument(document(-i, vectors[i]));
				writer.commit();
			}
			System.out.printf("Lucene: insert one by one, each with a commit: %.1f us a row%n",
					(System.nanoTime() - start) / 1e3 / SINGLE_INSERTS);
		}
	}

	private static void search(IndexSearcher searcher, float[][] queries, int[] truth, int candidates)
			throws IOException {
		double[] times = new double[queries.length];
		int hits = 0;
		for (int pass = 0; pass < PASSES; pass++) {
			hits = 0;
			for (int q = 0; q < queries.length; q++) {
				long start = System.nanoTime();
				ScoreDoc[] found = searcher.search(new KnnFloatVectorQuery("vector", queries[q], candidates),
						NEAREST).scoreDocs;
				for (ScoreDoc each : found) {
					int id = searcher.storedFields().document(each.doc).getField("id").numericValue().intValue();
					for (int k = 0; k < NEAREST; k++) {
						hits += (truth[q * NEAREST + k] == id) ? 1 : 0;
					}
				}
				times[q] = (System.nanoTime() - start) / 1e3;
			}
		}
		Arrays.sort(times);
		System.out.printf("Lucene, candidates        %5d  recall@10 %.4f  p50 %8.0f us  p99 %8.0f us%n", candidates,
				(double) hits / truth.length, times[times.length / 2], times[times.length * 99 / 100]);
	}

	private static float[][] vectors(Path file) throws IOException {
		try (FileChannel channel = FileChannel.open(file)) {
			float[][] vectors = new float[(int) (channel.size() / (4 * DIMENSIONS))][DIMENSIONS];
			ByteBuffer bytes = ByteBuffer.allocate(4 * DIMENSIONS).order(ByteOrder.LITTLE_ENDIAN);
			for (float[] vector : vectors) {
				bytes.clear();
				while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
					continue;
				}
				bytes.flip();
				bytes.asFloatBuffer().get(vector);
			}
			return vectors;
		}
	}

	private static int[] truth(Path file) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
		int[] truth = new int[bytes.remaining() / 4];
		bytes.asIntBuffer().get(truth);
		return truth;
	}

	private static long size(Path folder) throws IOException {
		try (Stream<Path> files = Files.list(folder)) {
			return files.mapToLong((file) -> file.toFile().length()).sum();
		}
	}

	private static void delete(Path folder) throws IOException {
		if (Files.exists(folder)) {
			try (Stream<Path> files = Files.walk(folder)) {
				for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
					Files.delete(file);
				}
			}
		}
	}

}
