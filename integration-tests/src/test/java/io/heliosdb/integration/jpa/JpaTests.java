package io.heliosdb.integration.jpa;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.heliosdb.boot.autoconfigure.HeliosDbHibernateAutoConfiguration;
import io.heliosdb.boot.hibernate.HeliosDbDialect;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.Application;
import io.heliosdb.integration.Application.Tool;
import io.heliosdb.integration.Rows;
import io.heliosdb.integration.jpa.Book.Genre;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.hibernate.community.dialect.SQLiteDialect;
import org.hibernate.dialect.Dialect;
import org.hibernate.engine.spi.SessionFactoryImplementor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.BeanUtils;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Sort;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Hibernate with its community dialect for SQLite and Spring Data JPA, as Spring Boot
 * configures them, on a schema that Flyway made and Hibernate validates.
 */
class JpaTests {

	private static final String MIGRATIONS = "spring.flyway.locations=classpath:io/heliosdb/integration/jpa";

	private static final String VALIDATE = "spring.jpa.hibernate.ddl-auto=validate";

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext context;

	private Authors authors;

	@BeforeEach
	void start() {
		this.context = run("library.db", EnumSet.of(Tool.JPA, Tool.FLYWAY), MIGRATIONS, VALIDATE,
				"spring.jpa.properties.hibernate.jdbc.batch_size=20");
		this.authors = this.context.getBean(Authors.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void anEntityComesBackAsItWasSaved() throws SQLException {
		Book saved = new Book("Notes", new BigDecimal("19.90"), Genre.SCIENCE,
				UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), Instant.parse("2026-03-29T01:30:00.123456Z"),
				LocalDateTime.of(2026, 10, 25, 2, 30), LocalTime.of(23, 59, 58), new byte[] { 1, 2, 3 }, 4.5,
				List.of("engine", "loom"));
		inTransaction((entities) -> {
			Author ada = new Author("Ada", LocalDate.of(1815, 12, 10));
			ada.add(saved);
			entities.persist(ada);
		});
		inTransaction((entities) -> {
			Book read = entities.find(Book.class, saved.getId());
			assertThat(read).isNotSameAs(saved)
				.usingRecursiveComparison()
				.comparingOnlyFields("title", "genre", "isbn", "published", "printed", "opens", "cover", "rating")
				.isEqualTo(saved);
			assertThat(read.getPrice()).isEqualByComparingTo("19.90");
			assertThat(read.getKeywords()).containsExactlyInAnyOrder("engine", "loom");
			assertThat(read.getAuthor().getBorn()).isEqualTo("1815-12-10");
		});
		assertThat(rows("SELECT id, name, born, active, version FROM author"))
			.containsExactly("1, 'Ada', '1815-12-10', 1, 0");
		assertThat(rows("SELECT author_id, title, price, genre, isbn, published, cover, rating FROM book"))
			.containsExactly("1, 'Notes', 19.9, 'SCIENCE', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', "
					+ "'2026-03-29 01:30:00.123456', X'010203', 4.5");
		this.context.close();
		assertThat(Rows.ofClosed(this.folder.resolve("library.db"), "SELECT keyword FROM book_keywords ORDER BY 1"))
			.containsExactly("'engine'", "'loom'");
	}

	@Test
	void aBatchIsWrittenAndPaged() throws SQLException {
		this.authors.saveAll(IntStream.rangeClosed(1, 45)
			.mapToObj((i) -> new Author("Author %02d".formatted(i), LocalDate.of(1900 + i, 1, 1)))
			.toList());
		Page<Author> page = this.authors.findAll(PageRequest.of(2, 10, Sort.by("name").descending()));
		assertThat(page.getTotalElements()).isEqualTo(45);
		assertThat(page).extracting(Author::getName).startsWith("Author 25").endsWith("Author 16").hasSize(10);
		assertThat(this.authors.findByActiveTrue(PageRequest.of(4, 10, Sort.by("id")))).extracting(Author::getId)
			.containsExactly(41L, 42L, 43L, 44L, 45L);
		assertThat(rows("SELECT count(*), min(id), max(id), sum(version) FROM author")).containsExactly("45, 1, 45, 0");
	}

	@Test
	void queriesJoinGroupAndCompute() {
		inTransaction((entities) -> {
			Author ada = new Author("Ada", null);
			ada.add(book("Alpha", "10", "2020-05-01T00:00:00Z"));
			ada.add(book("Beta", "30", "2024-12-31T23:00:00Z"));
			Author bo = new Author("Bo", null);
			bo.add(book("Gamma", "20", "2010-01-01T12:00:00Z"));
			entities.persist(ada);
			entities.persist(bo);
			entities.persist(new Author("Cleo", null));
		});
		assertThat(this.authors.statistics(0)).extracting((row) -> row[0], (row) -> row[1], (row) -> row[3])
			.containsExactly(tuple("Ada", 2L, 2024), tuple("Bo", 1L, 2010));
		assertThat(this.authors.titlesAboveTheAverage()).containsExactly("Beta");
		assertThat(this.authors.findWithBooksByName("Ada").orElseThrow().getBooks()).extracting(Book::getTitle)
			.containsExactly("Alpha", "Beta");
		assertThat(this.authors.findByNameContainingIgnoreCase("O")).extracting(Author::getName)
			.containsExactlyInAnyOrder("Bo", "Cleo");
		inTransaction((entities) -> assertThat(this.authors.deactivateIdle()).isOne());
		assertThat(this.authors.findByActiveTrue(PageRequest.ofSize(10))).hasSize(2);
	}

	@Test
	void aPercentSignIsAnOrdinaryCharacterOfAPrefix() {
		this.authors.saveAll(List.of(new Author("50% off", null), new Author("50 off", null)));
		assertThat(this.authors.findByNameStartingWith("50%")).extracting(Author::getName).containsExactly("50% off");
	}

	@Test
	void theSecondWriterOfAVersionFails() throws SQLException {
		Author ada = this.authors.save(new Author("Ada", null));
		Author again = this.authors.findById(ada.getId()).orElseThrow();
		ada.setName("Ada Lovelace");
		this.authors.save(ada);
		again.setName("Countess");
		assertThatExceptionOfType(OptimisticLockingFailureException.class).isThrownBy(() -> this.authors.save(again));
		assertThat(rows("SELECT name, version FROM author")).containsExactly("'Ada Lovelace', 1");
	}

	@Test
	void aLockedReadIsAnOrdinaryOne() {
		this.authors.save(new Author("Ada", null));
		inTransaction((entities) -> assertThat(this.authors.findLockedByName("Ada")).isPresent());
	}

	@Test
	void aViolatedConstraintRollsTheTransactionBack() throws SQLException {
		this.authors.save(new Author("Ada", null));
		assertThatException().isThrownBy(() -> inTransaction((entities) -> {
			entities.persist(new Author("Bo", null));
			this.authors.save(new Author("Ada", null));
		})).isInstanceOf(DataIntegrityViolationException.class);
		assertThat(rows("SELECT name FROM author")).containsExactly("'Ada'");
	}

	@Test
	void orphansAndCascadesAreRemoved() throws SQLException {
		Author ada = new Author("Ada", null);
		ada.add(book("Alpha", "1", "2020-01-01T00:00:00Z"));
		ada.add(book("Beta", "2", "2020-01-01T00:00:00Z"));
		this.authors.save(ada);
		inTransaction((entities) -> entities.find(Author.class, ada.getId()).getBooks().remove(0));
		assertThat(rows("SELECT title FROM book")).containsExactly("'Beta'");
		this.authors.deleteById(ada.getId());
		assertThat(rows("SELECT (SELECT count(*) FROM author), (SELECT count(*) FROM book)")).containsExactly("0, 0");
	}

	@Test
	void entitiesAndOtherJdbcCodeShareATransaction() {
		JdbcClient jdbc = this.context.getBean(JdbcClient.class);
		inTransaction((entities) -> {
			entities.persist(new Author("Ada", null));
			entities.flush();
			assertThat(jdbc.sql("SELECT name FROM author").query(String.class).list()).containsExactly("Ada");
			jdbc.sql("UPDATE author SET name = 'Ada L.'").update();
			entities.clear();
			assertThat(this.authors.findAll()).extracting(Author::getName).containsExactly("Ada L.");
		});
	}

	@Test
	void entitiesOfThePastAreRead() {
		Author ada = new Author("Ada", null);
		ada.add(book("Alpha", "1", "2020-01-01T00:00:00Z"));
		this.authors.save(ada);
		long before = this.context.getBean(TimeTravelRepository.class).currentScn();
		inTransaction((entities) -> entities.find(Author.class, ada.getId()).setName("Ada Lovelace"));
		assertThat(this.authors.findAsOf(ada.getId(), before)).get()
			.extracting(Author::getName, Author::getVersion)
			.containsExactly("Ada", 0);
		this.authors.deleteAll();
		assertThat(this.authors.findAsOf(ada.getId(), before)).get().extracting(Author::getName).isEqualTo("Ada");
		assertThat(this.context.getBean(JdbcClient.class)
			.sql("SELECT title FROM book AS OF SCN ?")
			.param(before)
			.query(String.class)
			.list()).containsExactly("Alpha");
	}

	@Test
	void aSchemaThatDoesNotFitIsRefused() {
		this.context.getBean(JdbcClient.class).sql("ALTER TABLE book DROP COLUMN genre").update();
		this.context.close();
		assertThatException()
			.isThrownBy(() -> run("library.db", EnumSet.of(Tool.JPA, Tool.FLYWAY), MIGRATIONS, VALIDATE))
			.havingRootCause()
			.withMessageContaining("genre");
	}

	@Test
	void aSchemaThatHibernateMadeIsValidAndCanBeUpdated() throws SQLException {
		this.context.close();
		this.context = run("generated.db", EnumSet.of(Tool.JPA), "spring.jpa.hibernate.ddl-auto=create");
		this.context.getBean(JdbcClient.class).sql("ALTER TABLE book DROP COLUMN genre").update();
		this.context.close();
		this.context = run("generated.db", EnumSet.of(Tool.JPA), "spring.jpa.hibernate.ddl-auto=update");
		assertThat(rows("SELECT type FROM pragma_table_info('book') WHERE name = 'genre'")).hasSize(1);
		this.context.close();
		this.context = run("generated.db", EnumSet.of(Tool.JPA), VALIDATE);
		this.context.getBean(Authors.class).save(new Author("Ada", null));
		assertThat(rows("SELECT name FROM author")).containsExactly("'Ada'");
	}

	@Test
	void anotherDialectMayBeConfigured() {
		this.context.close();
		this.context = run("library.db", EnumSet.of(Tool.JPA),
				"spring.jpa.database-platform=" + SQLiteDialect.class.getName());
		assertThat(dialect()).isExactlyInstanceOf(SQLiteDialect.class);
	}

	@Test
	void theDialectCanBeMadeInANativeImage() {
		assertThat(dialect()).isExactlyInstanceOf(HeliosDbDialect.class);
		RuntimeHints hints = new RuntimeHints();
		Arrays.stream(HeliosDbHibernateAutoConfiguration.class.getAnnotation(ImportRuntimeHints.class).value())
			.map(BeanUtils::instantiateClass)
			.forEach((registrar) -> registrar.registerHints(hints, getClass().getClassLoader()));
		assertThat(RuntimeHintsPredicates.reflection()
			.onType(HeliosDbDialect.class)
			.withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS)).accepts(hints);
	}

	@Test
	void theSchemaIsLeftAloneUnlessAskedFor() throws SQLException {
		this.context.close();
		this.context = run("empty.db", EnumSet.of(Tool.JPA));
		assertThat(rows("SELECT name FROM sqlite_schema")).isEmpty();
	}

	private Dialect dialect() {
		return this.context.getBean(EntityManagerFactory.class)
			.unwrap(SessionFactoryImplementor.class)
			.getJdbcServices()
			.getDialect();
	}

	private ConfigurableApplicationContext run(String file, EnumSet<Tool> tools, String... properties) {
		return Application.run(Library.class, this.folder.resolve(file), tools, properties);
	}

	private void inTransaction(Consumer<EntityManager> work) {
		EntityManager entities = this.context.getBean(EntityManager.class);
		new TransactionTemplate(this.context.getBean(PlatformTransactionManager.class))
			.executeWithoutResult((status) -> work.accept(entities));
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.context.getBean(DataSource.class), sql);
	}

	private static Book book(String title, String price, String published) {
		return new Book(title, new BigDecimal(price), Genre.NOVEL, null, Instant.parse(published), null, null, null, 0,
				List.of());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EntityScan
	@EnableJpaRepositories
	static class Library {

	}

}
