package io.heliosdb.boot.vector;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.heliosdb.boot.autoconfigure.HeliosDbAutoConfiguration;
import io.heliosdb.boot.autoconfigure.HeliosDbVectorSearchAutoConfiguration;
import io.heliosdb.boot.autoconfigure.HeliosDbVectorStoreAutoConfiguration;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorMetric;
import io.heliosdb.jdbc.VectorQuery;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.ai.document.Document;
import org.springframework.ai.document.DocumentMetadata;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.test.vectorstore.BaseVectorStoreTests;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.ai.vectorstore.filter.FilterExpressionTextParser.FilterExpressionParseException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link HeliosVectorStore}: what Spring AI tests of every store, and more.
 */
class HeliosVectorStoreTests extends BaseVectorStoreTests {

	private static final EmbeddingModel MODEL = new MiniLm();

	private static final List<Document> TOPICS = List.of(
			new Document("Spring AI gives a Spring application one interface to many models.", Map.of("topic", "ai")),
			new Document("A shelter is a place that protects people from rain and cold."),
			new Document("The Great Depression was a slump of the world's economy that began in 1929.",
					Map.of("topic", "history")));

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbVectorSearchAutoConfiguration.class,
						HeliosDbVectorStoreAutoConfiguration.class, DataSourceAutoConfiguration.class,
						JdbcTemplateAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
						TransactionAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class))
		.withBean(EmbeddingModel.class, () -> MODEL);

	private void run(Consumer<AssertableApplicationContext> test, String... properties) {
		this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"))
			.withPropertyValues(properties)
			.run(test::accept);
	}

	@Override
	protected void executeTest(Consumer<VectorStore> test) {
		run((context) -> test.accept(context.getBean("heliosDbVectorStore", VectorStore.class)));
	}

	@ParameterizedTest
	@EnumSource
	void findsWhatIsNearestByEachMetric(VectorMetric metric) {
		run((context) -> {
			VectorStore store = context.getBean(VectorStore.class);
			store.add(TOPICS);
			List<Document> found = search(store, "What is Great Depression", 1);
			assertThat(found).extracting(Document::getId).containsExactly(TOPICS.get(2).getId());
			assertThat(found.get(0).getText()).isEqualTo(TOPICS.get(2).getText());
			assertThat(found.get(0).getMetadata()).containsEntry("topic", "history")
				.containsKey(DocumentMetadata.DISTANCE.value());
			store.delete(TOPICS.stream().map(Document::getId).toList());
			assertThat(search(store, "Great Depression", 1)).isEmpty();
		}, "heliosdb.vector-store.metric=" + metric);
	}

	@ParameterizedTest
	@EnumSource
	void theMostSimilarComesFirst(VectorMetric metric) {
		run((context) -> {
			VectorStore store = context.getBean(VectorStore.class);
			store.add(TOPICS);
			List<Double> scores = search(store, "an economy in trouble", 3).stream().map(Document::getScore).toList();
			assertThat(scores).hasSize(3).isSortedAccordingTo((a, b) -> Double.compare(b, a)).doesNotContainNull();
		}, "heliosdb.vector-store.metric=" + metric);
	}

	@ParameterizedTest
	@EnumSource
	void thresholdLeavesOutWhatIsLessSimilar(VectorMetric metric) {
		run((context) -> {
			VectorStore store = context.getBean(VectorStore.class);
			store.add(TOPICS);
			List<Document> all = search(store, "Depression of the economy", 5);
			double threshold = (all.get(0).getScore() + all.get(1).getScore()) / 2;
			List<Document> found = store.similaritySearch(SearchRequest.builder()
				.query("Depression of the economy")
				.topK(5)
				.similarityThreshold(threshold)
				.build());
			assertThat(found).extracting(Document::getId).containsExactly(TOPICS.get(2).getId());
			assertThat(found.get(0).getScore()).isGreaterThanOrEqualTo(threshold);
		}, "heliosdb.vector-store.metric=" + metric);
	}

	@Test
	void documentOfTheSameIdIsReplaced() {
		executeTest((store) -> {
			String id = UUID.randomUUID().toString();
			store.add(List.of(new Document(id, "Spring AI rocks!!", Map.of("meta1", "meta1"))));
			store.add(List.of(new Document(id, "The World is Big", Map.of("meta2", "meta2"))));
			List<Document> found = search(store, "FooBar", 5);
			assertThat(found).hasSize(1);
			assertThat(found.get(0).getText()).isEqualTo("The World is Big");
			assertThat(found.get(0).getMetadata()).containsKeys("meta2", "distance").doesNotContainKey("meta1");
		});
	}

	@ParameterizedTest
	@CsvSource(delimiterString = "->", quoteCharacter = '`', textBlock = """
			country == 'BG'                                             -> 1 3
			country != 'BG'                                             -> 2 4
			year > 2020                                                 -> 3
			year >= 2020                                                -> 1 3
			year < 2023                                                 -> 1
			year <= 2023                                                -> 1 3
			country in ['BG', 'NL']                                     -> 1 2 3
			year in [2020]                                              -> 1
			country not in ['BG']                                       -> 2 4
			year not in [2020]                                          -> 2 3 4
			country == 'BG' && year == 2020                             -> 1
			(country == 'BG' && year == 2020) || (country == 'NL')      -> 1 2
			NOT((country == 'BG' && year == 2020) || (country == 'NL')) -> 3 4
			year is null                                                -> 2 4
			year is not null                                            -> 1 3
			open == true                                                -> 4
			"foo bar 1" == 'bar.foo'                                    -> 1
			'it is' == 'x'                                              -> 4
			price > 9.5                                                 -> 3
			since >= '2025-01-01T00:00:00Z'                             -> 4
			country == "BG' OR 1=1 --"                                  ->
			""")
	void filterDecides(String filter, String expected) {
		executeTest((store) -> {
			store.add(List.of(
					new Document("1", "The World is Big",
							Map.of("country", "BG", "year", 2020, "foo bar 1", "bar.foo", "price", 9.5)),
					new Document("2", "The World is Big", Map.of("country", "NL")),
					new Document("3", "The World is Big", Map.of("country", "BG", "year", 2023, "price", 9.75)),
					new Document("4", "The World is Big", Map.of("open", true, "it is", "x", "since",
							Date.from(Instant.parse("2025-06-01T00:00:00Z"))))));
			List<String> ids = (expected != null) ? List.of(expected.split(" ")) : List.of();
			List<Document> found = store
				.similaritySearch(SearchRequest.builder().query("The World").topK(5).filterExpression(filter).build());
			assertThat(found).extracting(Document::getId).containsExactlyInAnyOrderElementsOf(ids);
			store.delete(filter);
			assertThat(search(store, "The World", 5)).extracting(Document::getId)
				.allSatisfy((id) -> assertThat(ids).doesNotContain(id))
				.hasSize(4 - ids.size());
		});
	}

	@Test
	void filterThatIsNoneFails() {
		executeTest((store) -> assertThatExceptionOfType(FilterExpressionParseException.class)
			.isThrownBy(() -> SearchRequest.builder().query("The World").filterExpression("country == NL").build()));
	}

	@Test
	void failureOfADeletionByFilterIsToldAsTheInterfaceSays() {
		run((context) -> {
			VectorStore store = context.getBean(VectorStore.class);
			context.getBean(JdbcTemplate.class).execute("DROP TABLE vector_store");
			assertThatIllegalStateException().isThrownBy(() -> store.delete("country == 'BG'"))
				.withMessageContaining("vector_store");
		});
	}

	@Test
	void isMadeAnewAfterItsTableWasDropped() {
		run((context) -> {
			context.getBean(VectorStore.class).add(TOPICS);
			context.getBean(JdbcTemplate.class).execute("DROP TABLE IF EXISTS vector_store");
		});
		executeTest((store) -> {
			assertThat(search(store, "anything", 5)).isEmpty();
			store.add(TOPICS);
			assertThat(search(store, "anything", 5)).hasSize(3);
		});
	}

	@Test
	void documentsOutliveTheApplication() {
		executeTest((store) -> store.add(TOPICS));
		executeTest((store) -> assertThat(search(store, "What is Great Depression", 5)).hasSize(3));
	}

	@Test
	void modelOfOtherDimensionsIsRefused() {
		executeTest((store) -> store.add(TOPICS));
		run((context) -> assertThat(context).getFailure()
			.rootCause()
			.hasMessageContaining("384")
			.hasMessageContaining("100")
			.hasMessageContaining("embedding model"), "heliosdb.vector-store.dimensions=100");
	}

	@Test
	void tableOfTheUsersOwnIsRefused() {
		run((context) -> context.getBean(JdbcTemplate.class)
			.execute("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)"));
		run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("customer"),
				"heliosdb.vector-store.collection=customer");
	}

	@Test
	void schemaIsLeftAloneIfSoConfigured() {
		run((context) -> assertThat(
				context.getBean(JdbcTemplate.class).queryForObject("SELECT count(*) FROM sqlite_schema", Integer.class))
			.isZero(), "heliosdb.vector-store.initialize-schema=false");
	}

	@Test
	void collectionIsNamedByAProperty() {
		run((context) -> {
			context.getBean(VectorStore.class).add(TOPICS);
			assertThat(context.getBean(JdbcTemplate.class)
				.queryForObject("SELECT count(*) FROM \"my docs\"", Integer.class)).isEqualTo(3);
		}, "heliosdb.vector-store.collection=my docs");
	}

	@Test
	void existingDocumentsAreRemovedIfSoBuilt() {
		run((context) -> {
			context.getBean(VectorStore.class).add(TOPICS);
			HeliosVectorStore store = HeliosVectorStore.builder(context.getBean(VectorSearchRepository.class), MODEL)
				.removeExisting(true)
				.build();
			store.afterPropertiesSet();
			assertThat(search(store, "anything", 5)).isEmpty();
		});
	}

	@Test
	void takesPartInTheTransaction() {
		run((context) -> {
			VectorStore store = context.getBean(VectorStore.class);
			new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
				.executeWithoutResult((status) -> {
					store.add(TOPICS);
					assertThat(search(store, "anything", 5)).hasSize(3);
					status.setRollbackOnly();
				});
			assertThat(search(store, "anything", 5)).isEmpty();
		});
	}

	@Test
	void manyDocumentsAreAddedInOneCall() {
		executeTest((store) -> {
			List<Document> documents = IntStream.range(0, 300)
				.mapToObj((i) -> new Document("id" + i, "number " + i, Map.of("i", i)))
				.toList();
			store.add(documents);
			assertThat(store.similaritySearch(
					SearchRequest.builder().query("number").topK(300).filterExpression("i >= 100").build()))
				.hasSize(200);
			store.delete(documents.stream().map(Document::getId).toList());
			assertThat(search(store, "number", 5)).isEmpty();
		});
	}

	@Test
	void nativeClientSearchesForWordsToo() {
		executeTest((store) -> {
			store.add(TOPICS);
			VectorRepository<VectorDocument> documents = store.<VectorRepository<VectorDocument>>getNativeClient()
				.orElseThrow();
			assertThat(documents.search(VectorQuery.of(MODEL.embed("animals")).text("shelter").limit(1)))
				.extracting((match) -> match.row().id())
				.containsExactly(TOPICS.get(1).getId());
		});
	}

	@Test
	void observesWhatIsDone() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"))
			.withBean(TestObservationRegistry.class, () -> registry)
			.run((context) -> {
				VectorStore store = context.getBean(VectorStore.class);
				store.add(TOPICS);
				search(store, "What is Great Depression", 1);
				TestObservationRegistryAssert.assertThat(registry)
					.hasObservationWithNameEqualTo("db.vector.client.operation")
					.that()
					.hasLowCardinalityKeyValue("db.system", "heliosdb")
					.hasLowCardinalityKeyValue("db.operation.name", "add")
					.hasHighCardinalityKeyValue("db.collection.name", "vector_store")
					.hasHighCardinalityKeyValue("db.vector.dimension_count", "384")
					.hasHighCardinalityKeyValue("db.search.similarity_metric", "cosine")
					.hasBeenStopped();
				assertThat(registry).satisfies((all) -> TestObservationRegistryAssert.assertThat(all)
					.hasNumberOfObservationsWithNameEqualTo("db.vector.client.operation", 2));
			});
	}

	@Test
	void backsOff() {
		this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"))
			.withBean(VectorStore.class, () -> SimpleVectorStore.builder(MODEL).build())
			.run((context) -> assertThat(context).doesNotHaveBean(HeliosVectorStore.class));
		run((context) -> assertThat(context).doesNotHaveBean(VectorStore.class), "spring.ai.vectorstore.type=pgvector");
		run((context) -> assertThat(context).hasSingleBean(HeliosVectorStore.class),
				"spring.ai.vectorstore.type=heliosdb");
		this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"))
			.withClassLoader(new FilteredClassLoader("org.springframework.ai"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("heliosDbVectorStore"));
	}

	private static List<Document> search(VectorStore store, String query, int topK) {
		return store.similaritySearch(SearchRequest.builder().query(query).topK(topK).similarityThresholdAll().build());
	}

}
