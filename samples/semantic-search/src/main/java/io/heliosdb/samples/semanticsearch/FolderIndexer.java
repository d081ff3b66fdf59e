package io.heliosdb.samples.semanticsearch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.heliosdb.boot.vector.VectorRepository;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorFilter;
import io.heliosdb.samples.semanticsearch.IndexingProgress.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings the index in line with the folder, in a thread of its own: searches are answered
 * meanwhile. What a file has is replaced in one transaction, so that a search sees it as
 * it was or as it is, and a run that was stopped goes on where it ended.
 */
@Component
class FolderIndexer implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(FolderIndexer.class);

	/** Passages that are embedded between two looks at whether to go on. */
	private static final int BATCH_SIZE = 16;

	private final Path folder;

	private final EmbeddingModel model;

	private final VectorRepository<VectorDocument> passages;

	private final JdbcTemplate jdbc;

	private final TransactionTemplate transaction;

	private volatile Thread thread;

	private volatile boolean cancelled;

	private volatile IndexingProgress progress = IndexingProgress.NONE;

	FolderIndexer(SearchProperties properties, EmbeddingModel model, VectorRepository<VectorDocument> passages,
			JdbcTemplate jdbc, TransactionTemplate transaction) {
		this.folder = properties.folder().toAbsolutePath().normalize();
		this.model = model;
		this.passages = passages;
		this.jdbc = jdbc;
		this.transaction = transaction;
	}

	IndexingProgress progress() {
		return this.progress;
	}

	/** Begins a run, unless one is under way. */
	@Override
	public synchronized void start() {
		if (isRunning()) {
			return;
		}
		if (!Files.isDirectory(this.folder)) {
			throw new IllegalStateException("There is no folder " + this.folder
					+ ": name the one that holds your texts by --semantic-search.folder=/path/to/texts");
		}
		this.cancelled = false;
		this.progress = new IndexingProgress(State.RUNNING, 0, 0, 0, null, List.of());
		this.thread = new Thread(this::run, "indexer");
		this.thread.start();
	}

	/** Ends the run that is under way, after its current batch. */
	void cancel() {
		this.cancelled = true;
	}

	/** Ends the run and waits for it, so that the connection pool closes after. */
	@Override
	public synchronized void stop() {
		cancel();
		boolean interrupted = false;
		while (isRunning()) {
			try {
				this.thread.join();
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.thread != null && this.thread.isAlive();
	}

	private void run() {
		List<String> failures = new ArrayList<>();
		try {
			List<Path> files = files();
			int removed = removeAllBut(files);
			report(State.RUNNING, 0, files.size(), 0, null, failures);
			for (int done = 0; done < files.size() && !this.cancelled; done++) {
				String path = pathOf(files.get(done));
				report(State.RUNNING, done, files.size(), this.progress.passages(), path, failures);
				index(files.get(done), path, failures);
			}
			int done = this.cancelled ? this.progress.done() : files.size();
			report(this.cancelled ? State.CANCELLED : State.COMPLETE, done, files.size(), this.progress.passages(),
					null, failures);
			logger.info("{} of {} files looked at, {} passages embedded, {} files are gone, {} could not be read", done,
					files.size(), this.progress.passages(), removed, failures.size());
		}
		catch (RuntimeException ex) {
			failures.add(ex.getMessage());
			report(State.FAILED, this.progress.done(), this.progress.total(), this.progress.passages(), null, failures);
			logger.error("The index of {} could not be brought up to date", this.folder, ex);
		}
	}

	private void report(State state, int done, int total, long embedded, String current, List<String> failures) {
		this.progress = new IndexingProgress(state, done, total, embedded, current, List.copyOf(failures));
	}

	private List<Path> files() {
		try (Stream<Path> tree = Files.walk(this.folder)) {
			return tree.filter((file) -> DocumentKind.of(file) != null && Files.isRegularFile(file)).sorted().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("The folder " + this.folder + " cannot be read: " + ex.getMessage(), ex);
		}
	}

	/** The path by which a file is known, with slashes on every system. */
	private String pathOf(Path file) {
		return this.folder.relativize(file).toString().replace('\\', '/');
	}

	private int removeAllBut(List<Path> files) {
		Set<String> there = new HashSet<>(files.stream().map(this::pathOf).toList());
		List<String> gone = this.jdbc.queryForList("SELECT path FROM document", String.class)
			.stream()
			.filter((path) -> !there.contains(path))
			.toList();
		this.transaction.executeWithoutResult((status) -> gone.forEach((path) -> {
			this.jdbc.update("DELETE FROM document WHERE path = ?", path);
			this.passages.delete(VectorFilter.eq("path", path));
		}));
		return gone.size();
	}

	private void index(Path file, String path, List<String> failures) {
		byte[] bytes;
		String text;
		try {
			bytes = Files.readAllBytes(file);
			text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
		}
		catch (CharacterCodingException ex) {
			fail(path + " is no text in UTF-8", failures);
			return;
		}
		catch (IOException ex) {
			fail(path + " cannot be read: " + ex.getMessage(), failures);
			return;
		}
		byte[] hash = sha256(bytes);
		List<byte[]> known = this.jdbc.queryForList("SELECT sha256 FROM document WHERE path = ?", byte[].class, path);
		if (known.size() == 1 && Arrays.equals(known.get(0), hash)) {
			return;
		}
		DocumentKind kind = DocumentKind.of(file);
		List<VectorDocument> embedded = embed(path, kind, kind.split(path.substring(path.lastIndexOf('/') + 1), text));
		if (this.cancelled) {
			return;
		}
		this.transaction.executeWithoutResult((status) -> {
			this.passages.delete(VectorFilter.eq("path", path));
			this.passages.add(embedded);
			this.jdbc.update(
					"INSERT INTO document (path, kind, sha256) VALUES (?, ?, ?)"
							+ " ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, sha256 = excluded.sha256",
					path, kind.name(), hash);
		});
	}

	private void fail(String failure, List<String> failures) {
		logger.warn("Not indexed: {}", failure);
		failures.add(failure);
	}

	/** The vectors of a file's passages; not all of them if the run was cancelled. */
	private List<VectorDocument> embed(String path, DocumentKind kind, List<Passage> cut) {
		List<VectorDocument> embedded = new ArrayList<>();
		for (int start = 0; start < cut.size() && !this.cancelled; start += BATCH_SIZE) {
			List<Passage> batch = cut.subList(start, Math.min(cut.size(), start + BATCH_SIZE));
			List<Embedding> vectors = this.model
				.embedAll(batch.stream().map((passage) -> TextSegment.from(passage.content())).toList())
				.content();
			for (int i = 0; i < batch.size(); i++) {
				Passage passage = batch.get(i);
				int position = embedded.size();
				embedded.add(VectorDocument.of(path + "#" + position, passage.content(),
						Map.of("path", path, "kind", kind.name(), "heading", passage.heading(), "position", position),
						vectors.get(i).vector()));
			}
			IndexingProgress now = this.progress;
			report(State.RUNNING, now.done(), now.total(), now.passages() + batch.size(), path, now.failures());
			logger.debug("{}: {} of {} passages", path, embedded.size(), cut.size());
		}
		return embedded;
	}

	private static byte[] sha256(byte[] bytes) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(bytes);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

}
