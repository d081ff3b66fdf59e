package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.util.List;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingStore;
import io.heliosdb.langchain4j.HeliosEmbeddingStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link HeliosDbEmbeddingStoreAutoConfiguration}. */
class HeliosDbEmbeddingStoreAutoConfigurationTests {

	private static final Embedding EMBEDDING = Embedding.from(new float[] { 1, 0 });

	@TempDir
	private Path folder;

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class,
					HeliosDbEmbeddingStoreAutoConfiguration.class, DataSourceAutoConfiguration.class,
					DataSourceTransactionManagerAutoConfiguration.class, TransactionAutoConfiguration.class,
					TransactionManagerCustomizationAutoConfiguration.class))
			.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	@Test
	void storeTakesPartInTransactions() {
		runner().run((context) -> {
			HeliosEmbeddingStore store = context.getBean(HeliosEmbeddingStore.class);
			store.add(EMBEDDING, TextSegment.from("kept"));
			new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
				.executeWithoutResult((status) -> {
					store.add(EMBEDDING, TextSegment.from("rolled back"));
					assertThat(texts(store)).hasSize(2);
					status.setRollbackOnly();
				});
			assertThat(texts(store)).containsExactly("kept");
		});
	}

	@Test
	void collectionOfATransactionThatWasRolledBackIsMadeAgain() {
		runner().run((context) -> {
			HeliosEmbeddingStore store = context.getBean(HeliosEmbeddingStore.class);
			new TransactionTemplate(context.getBean(PlatformTransactionManager.class))
				.executeWithoutResult((status) -> {
					store.add(EMBEDDING, TextSegment.from("rolled back"));
					status.setRollbackOnly();
				});
			assertThat(texts(store)).isEmpty();
			store.add(EMBEDDING, TextSegment.from("kept"));
			assertThat(texts(store)).containsExactly("kept");
		});
	}

	@Test
	void backsOff() {
		runner()
			.withBean("mine", EmbeddingStore.class,
					() -> HeliosEmbeddingStore.builder(new DriverManagerDataSource()).build())
			.run((context) -> assertThat(context).hasSingleBean(EmbeddingStore.class).hasBean("mine"));
		runner().withClassLoader(new FilteredClassLoader("dev.langchain4j"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("heliosDbEmbeddingStore"));
		runner().withClassLoader(new FilteredClassLoader(HeliosEmbeddingStore.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(EmbeddingStore.class));
	}

	private static List<String> texts(HeliosEmbeddingStore store) {
		return store.search(EmbeddingSearchRequest.builder().queryEmbedding(EMBEDDING).maxResults(10).build())
			.matches()
			.stream()
			.map((match) -> match.embedded().text())
			.toList();
	}

}
