package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.heliosdb.boot.vector.VectorRepository;
import io.heliosdb.boot.vector.VectorSearchRepository;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link HeliosDbVectorSearchAutoConfiguration}. */
class HeliosDbVectorSearchAutoConfigurationTests {

	private static final VectorCollectionDefinition DOCS = VectorCollectionDefinition.of("docs", 2).withIndex(false);

	@TempDir
	private Path folder;

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(HeliosDbAutoConfiguration.class, HeliosDbVectorSearchAutoConfiguration.class,
					HeliosDbSqlInitializationAutoConfiguration.class, DataSourceAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
					TransactionAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class));

	private ApplicationContextRunner withFile() {
		return this.runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db"));
	}

	private static VectorDocument document(String id, float... embedding) {
		return VectorDocument.of(id, "text of " + id, Map.of(), embedding);
	}

	@Test
	void repositorySearchesTheApplicationsDatabase() {
		withFile().run((context) -> {
			VectorRepository<VectorDocument> docs = context.getBean(VectorSearchRepository.class)
				.createCollection(DOCS);
			docs.add(List.of(document("a", 1, 0), document("b", 0, 1)));
			assertThat(docs.search(VectorQuery.of(new float[] { 0, 2 }).limit(1)).get(0).row().id()).isEqualTo("b");
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> docs.add(List.of(document("a", 1, 1))));
		});
		withFile()
			.run((context) -> assertThat(context.getBean(VectorSearchRepository.class).createCollection(DOCS).count())
				.isEqualTo(2));
	}

	@Test
	void repositoryTakesPartInTheTransaction() {
		withFile().run((context) -> {
			VectorSearchRepository repository = context.getBean(VectorSearchRepository.class);
			VectorRepository<VectorDocument> docs = repository.createCollection(DOCS);
			TransactionTemplate transaction = new TransactionTemplate(
					context.getBean(PlatformTransactionManager.class));
			transaction.executeWithoutResult((status) -> {
				docs.add(List.of(document("a", 1, 0)));
				assertThat(docs.find("a")).isPresent();
				status.setRollbackOnly();
			});
			assertThat(docs.count()).isZero();
			transaction.executeWithoutResult((status) -> docs.upsert(List.of(document("a", 1, 0))));
			assertThat(docs.count()).isEqualTo(1);
		});
	}

	@Test
	void backsOffForARepositoryOfTheUser() {
		withFile()
			.withBean("mine", VectorSearchRepository.class,
					() -> new VectorSearchRepository(new org.springframework.jdbc.datasource.SimpleDriverDataSource()))
			.run((context) -> assertThat(context).hasSingleBean(VectorSearchRepository.class).hasBean("mine"));
	}

	@Test
	void backsOffForAnotherDatabase() {
		withFile().withPropertyValues("spring.datasource.url=jdbc:h2:mem:vector-search")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(DataSource.class)
				.doesNotHaveBean(VectorSearchRepository.class));
	}

	@Test
	void backsOffWhenDisabled() {
		withFile().withPropertyValues("heliosdb.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(VectorSearchRepository.class));
	}

	@Test
	void needsNoSpringData() {
		withFile().withClassLoader(new FilteredClassLoader("org.springframework.data"))
			.run((context) -> assertThat(context.getBean(VectorSearchRepository.class).createCollection(DOCS).count())
				.isZero());
	}

}
