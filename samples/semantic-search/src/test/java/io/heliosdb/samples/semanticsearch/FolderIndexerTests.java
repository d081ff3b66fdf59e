package io.heliosdb.samples.semanticsearch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.heliosdb.boot.vector.VectorSearchRepository;
import io.heliosdb.samples.semanticsearch.IndexingProgress.State;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class FolderIndexerTests {

	private static final Duration DEADLINE = Duration.ofMinutes(2);

	private static final EmbeddingModel MODEL = new SemanticSearchApplication().embeddingModel();

	@TempDir
	Path folder;

	@TempDir
	Path data;

	private final HikariDataSource dataSource = new HikariDataSource();

	private final JdbcTemplate jdbc = new JdbcTemplate(this.dataSource);

	private final RecordingModel model = new RecordingModel();

	private FolderIndexer indexer;

	@BeforeEach
	void fillFolder() throws IOException {
		Files.createDirectory(this.folder.resolve("more"));
		write("cats.md", "# Cats\n\nThey purr.\n\n# Dogs\n\nThey bark.\n");
		write("more/birds.txt", "They sing.");
		write("picture.png", "no text");
		this.dataSource.setJdbcUrl("jdbc:heliosdb:" + this.data.resolve("index.db"));
		new ResourceDatabasePopulator(new ClassPathResource("schema.sql")).execute(this.dataSource);
		this.indexer = indexerOf(this.folder);
	}

	@AfterEach
	void close() {
		this.indexer.stop();
		this.dataSource.close();
	}

	@Test
	void textsAndMarkdownAreIndexedOnce() {
		assertThat(index()).isEqualTo(new IndexingProgress(State.COMPLETE, 2, 2, 3, null, List.of()));
		assertThat(this.model.embedded).containsExactly("Cats\nThey purr.", "Dogs\nThey bark.",
				"birds.txt\nThey sing.");
		assertThat(passages()).containsExactlyElementsOf(this.model.embedded);
		assertThat(index().passages()).isZero();
		assertThat(this.model.embedded).hasSize(3);
	}

	@Test
	void changedFilesAreReplacedAndThoseThatAreGoneAreRemoved() throws IOException {
		index();
		this.model.embedded.clear();
		write("cats.md", "# Cats\n\nThey purr.\n");
		write("new.md", "New.");
		Files.delete(this.folder.resolve("more/birds.txt"));
		assertThat(index().state()).isEqualTo(State.COMPLETE);
		assertThat(this.model.embedded).containsExactly("Cats\nThey purr.", "new.md\nNew.");
		assertThat(passages()).containsExactlyElementsOf(this.model.embedded);
	}

	@Test
	void runThatWasCancelledGoesOnWhereItEnded() throws IOException {
		write("first.md", "First.");
		write("later.md", "Later.");
		this.model.cancelledAt = "first.md\nFirst.";
		IndexingProgress cancelled = index();
		assertThat(cancelled.state()).isEqualTo(State.CANCELLED);
		assertThat(cancelled.done()).isEqualTo(1);
		assertThat(passages()).containsExactly("Cats\nThey purr.", "Dogs\nThey bark.");
		this.model.cancelledAt = null;
		this.model.embedded.clear();
		assertThat(index().state()).isEqualTo(State.COMPLETE);
		assertThat(this.model.embedded).containsExactly("first.md\nFirst.", "later.md\nLater.",
				"birds.txt\nThey sing.");
		assertThat(passages()).hasSize(5);
	}

	@Test
	void fileThatIsNoTextIsReportedAndTheOthersAreIndexed() throws IOException {
		Files.write(this.folder.resolve("broken.md"), new byte[] { 'a', (byte) 0xC3, '(' });
		IndexingProgress progress = index();
		assertThat(progress.state()).isEqualTo(State.COMPLETE);
		assertThat(progress.failures()).containsExactly("broken.md is no text in UTF-8");
		assertThat(passages()).hasSize(3);
	}

	@Test
	void runThatFailsLeavesAFileAsItWas() throws IOException {
		index();
		write("cats.md", "# Cats\n\nThey meow.\n");
		this.model.failure = new IllegalStateException("The model is out of order");
		IndexingProgress progress = index();
		assertThat(progress.state()).isEqualTo(State.FAILED);
		assertThat(progress.failures()).containsExactly("The model is out of order");
		assertThat(passages()).contains("Cats\nThey purr.").doesNotContain("Cats\nThey meow.");
		this.model.failure = null;
		index();
		assertThat(passages()).contains("Cats\nThey meow.").doesNotContain("Cats\nThey purr.");
	}

	@Test
	void folderThatIsNotThereIsAnError() {
		Path none = this.folder.resolve("none");
		assertThatIllegalStateException().isThrownBy(indexerOf(none)::start)
			.withMessageContaining("There is no folder " + none);
	}

	private FolderIndexer indexerOf(Path texts) {
		return new FolderIndexer(new SearchProperties(texts), this.model,
				new SemanticSearchApplication().passages(new VectorSearchRepository(this.dataSource), this.model),
				this.jdbc, new TransactionTemplate(new JdbcTransactionManager(this.dataSource)));
	}

	private IndexingProgress index() {
		this.indexer.start();
		Awaitility.await().atMost(DEADLINE).until(() -> !this.indexer.isRunning());
		return this.indexer.progress();
	}

	private void write(String file, String text) throws IOException {
		Files.writeString(this.folder.resolve(file), text);
	}

	/** What is in the index, by file. */
	private List<String> passages() {
		return this.jdbc.queryForList("SELECT content FROM passages ORDER BY id", String.class);
	}

	/** The model, which remembers what it has read. */
	private final class RecordingModel implements EmbeddingModel {

		private final List<String> embedded = new ArrayList<>();

		private volatile String cancelledAt;

		private volatile RuntimeException failure;

		@Override
		public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
			if (this.failure != null) {
				throw this.failure;
			}
			for (TextSegment segment : segments) {
				this.embedded.add(segment.text());
				if (segment.text().equals(this.cancelledAt)) {
					FolderIndexerTests.this.indexer.cancel();
				}
			}
			return MODEL.embedAll(segments);
		}

		@Override
		public int dimension() {
			return MODEL.dimension();
		}

	}

}
