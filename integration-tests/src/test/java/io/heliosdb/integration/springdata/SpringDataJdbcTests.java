package io.heliosdb.integration.springdata;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import javax.sql.DataSource;

import io.heliosdb.boot.data.HeliosDbDialect;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.Application;
import io.heliosdb.integration.Application.Tool;
import io.heliosdb.integration.Rows;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.data.annotation.Id;
import org.springframework.data.annotation.Version;
import org.springframework.data.domain.Limit;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Pageable;
import org.springframework.data.domain.Slice;
import org.springframework.data.domain.Sort;
import org.springframework.data.jdbc.core.JdbcAggregateOperations;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;
import org.springframework.data.jdbc.core.mapping.JdbcMappingContext;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.relational.core.mapping.MappedCollection;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.relational.core.sql.LockMode;
import org.springframework.data.relational.repository.Lock;
import org.springframework.data.repository.ListCrudRepository;
import org.springframework.data.repository.PagingAndSortingRepository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Spring Data JDBC, as Spring Boot configures it. */
class SpringDataJdbcTests {

	private static final String SCHEMA = "classpath:io/heliosdb/integration/springdata/schema.sql";

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext context;

	private DataSource dataSource;

	private Customers customers;

	private JdbcAggregateOperations aggregates;

	@BeforeEach
	void start() {
		this.context = Application.run(Shop.class, this.folder.resolve("shop.db"), EnumSet.of(Tool.DATA_JDBC),
				"spring.sql.init.schema-locations=" + SCHEMA);
		this.dataSource = this.context.getBean(DataSource.class);
		this.customers = this.context.getBean(Customers.class);
		this.aggregates = this.context.getBean(JdbcAggregateOperations.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void theDialectIsFoundWithoutConfiguration() {
		assertThat(this.context.getBean(JdbcDialect.class)).isSameAs(HeliosDbDialect.INSTANCE);
	}

	@Test
	void anAggregateComesBackAsItWasSaved() throws SQLException {
		Customer ada = new Customer(null, "Ada", true, new BigDecimal("12.50"), Level.GOLD,
				UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), new byte[] { 1, 2 },
				Set.of(new Address("Skippergata 1", "Oslo"), new Address("Strandgaten 2", "Bergen")), 0);
		Customer saved = this.customers.save(ada);
		assertThat(saved.id()).isEqualTo(1);
		assertThat(this.customers.findById(1L)).get()
			.usingRecursiveComparison()
			.withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
			.isEqualTo(saved);
		assertThat(rows("SELECT id, name, active, balance, level, token, photo, version FROM customer"))
			.containsExactly("1, 'Ada', 1, 12.5, 'GOLD', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', X'0102', 1");
		assertThat(rows("SELECT customer, street, city FROM address ORDER BY city"))
			.containsExactly("1, 'Strandgaten 2', 'Bergen'", "1, 'Skippergata 1', 'Oslo'");
		this.context.close();
		assertThat(Rows.ofClosed(this.folder.resolve("shop.db"), "SELECT name, active FROM customer"))
			.containsExactly("'Ada', 1");
	}

	@Test
	void timesComeBackInAnyTimeZoneWhateverTheColumnsAreCalled() throws SQLException {
		Instant instant = Instant.parse("2026-03-29T01:30:00.123456Z");
		Moments moments = new Moments(null, instant, instant, LocalDateTime.of(2026, 3, 29, 2, 30),
				LocalDateTime.of(2026, 10, 25, 2, 30, 1), LocalDate.of(1900, 2, 28), LocalDate.of(2026, 3, 29),
				LocalTime.of(23, 59, 58), OffsetDateTime.of(2026, 1, 1, 0, 30, 0, 0, ZoneOffset.ofHours(2)), true,
				false);
		Moments saved = this.aggregates.save(moments);
		Moments read = this.aggregates.findById(saved.id(), Moments.class);
		assertThat(read).usingRecursiveComparison().ignoringFields("offset").isEqualTo(saved);
		assertThat(read.offset().toInstant()).isEqualTo(moments.offset().toInstant());
		assertThat(rows("SELECT instant, instant_text, local, local_text, day, day_text, time_text, \"offset\", "
				+ "yes, no FROM moments"))
			.containsExactly("'2026-03-29 01:30:00.123456', '2026-03-29 01:30:00.123456', '2026-03-29 02:30:00', "
					+ "'2026-10-25 02:30:01', '1900-02-28', '2026-03-29', '23:59:58', '2025-12-31 22:30:00', 1, 0");
	}

	@Test
	void timesThatSqliteWroteAreRead() throws SQLException {
		execute("INSERT INTO moments (id, instant, instant_text, local_text, day_text) VALUES (7, '2026-03-29 01:30:00', "
				+ "'2026-03-29T03:30:00+02:00', '2026-03-29 01:30:00.5', '2026-03-29')");
		Moments read = this.aggregates.findById(7L, Moments.class);
		assertThat(read.instant()).isEqualTo("2026-03-29T01:30:00Z");
		assertThat(read.instantText()).isEqualTo("2026-03-29T01:30:00Z");
		assertThat(read.localText()).isEqualTo("2026-03-29T01:30:00.5");
		assertThat(read.dayText()).isEqualTo("2026-03-29");
	}

	@Test
	void aBatchGetsAKeyForEachRow() throws SQLException {
		List<Customer> saved = this.customers
			.saveAll(List.of(customer("Ada"), customer("Bo"), customer("Cleo"), customer("Dan")));
		assertThat(saved).extracting(Customer::id).containsExactly(1L, 2L, 3L, 4L);
		assertThat(rows("SELECT id, name FROM customer ORDER BY id")).containsExactly("1, 'Ada'", "2, 'Bo'",
				"3, 'Cleo'", "4, 'Dan'");
	}

	@Test
	void anUpsertInsertsThenUpdates() throws SQLException {
		this.aggregates.upsert(new Setting("colour", "red"));
		this.aggregates.upsert(new Setting("size", "small"));
		this.aggregates.upsert(new Setting("colour", "blue"));
		assertThat(rows("SELECT name, value FROM setting ORDER BY name")).containsExactly("'colour', 'blue'",
				"'size', 'small'");
	}

	@Test
	void pagesAndSlicesAreWhatTheyShouldBe() {
		this.customers
			.saveAll(List.of(customer("Cleo"), customer("Ada"), customer("Eve"), customer("Bo"), customer("Dan")));
		Page<Customer> page = this.customers.findAll(PageRequest.of(1, 2, Sort.by("name")));
		assertThat(page.getTotalElements()).isEqualTo(5);
		assertThat(page).extracting(Customer::name).containsExactly("Cleo", "Dan");
		Slice<Customer> slice = this.customers.findByActive(true, PageRequest.of(2, 2, Sort.by("name").descending()));
		assertThat(slice).extracting(Customer::name).containsExactly("Ada");
		assertThat(slice.hasNext()).isFalse();
		assertThat(this.customers.findByActiveTrueOrderByName(Limit.of(3))).extracting(Customer::name)
			.containsExactly("Ada", "Bo", "Cleo");
		assertThat(this.aggregates.findAll(
				org.springframework.data.relational.core.query.Query.empty().sort(Sort.by("name")).offset(3),
				Customer.class))
			.extracting(Customer::name)
			.containsExactly("Dan", "Eve");
	}

	@Test
	void nullsAreSortedAsAsked() throws SQLException {
		execute("INSERT INTO customer (name, active, balance, version) VALUES "
				+ "('none', 1, NULL, 0), ('less', 1, 1, 0), ('more', 1, 2, 0)");
		assertThat(this.customers.findAll(Sort.by(Sort.Order.asc("balance").nullsLast()))).extracting(Customer::name)
			.containsExactly("less", "more", "none");
		assertThat(this.customers.findAll(Sort.by(Sort.Order.desc("balance").nullsFirst()))).extracting(Customer::name)
			.containsExactly("none", "more", "less");
	}

	@Test
	void queriesAreDerivedFromNames() {
		this.customers.saveAll(List.of(customer("50 off"), customer("50% off"), customer("less")));
		assertThat(this.customers.findByNameStartingWith("50")).extracting(Customer::name)
			.containsExactly("50 off", "50% off");
		assertThat(this.customers.findByNamePrefix("50\\%")).extracting(Customer::name).containsExactly("50% off");
		assertThat(this.customers.existsByNameIgnoreCase("LESS")).isTrue();
		assertThat(this.customers.countByBalanceGreaterThan(new BigDecimal("0.99"))).isEqualTo(3);
		assertThat(this.customers.countByBalanceGreaterThan(BigDecimal.ONE)).isZero();
		assertThat(this.customers.deleteByName("less")).isOne();
		assertThat(this.customers.count()).isEqualTo(2);
	}

	@Test
	void aLockedReadIsAnOrdinaryOne() {
		this.customers.save(customer("Ada"));
		TransactionTemplate transaction = new TransactionTemplate(
				this.context.getBean(PlatformTransactionManager.class));
		Customer locked = transaction.execute((status) -> this.customers.findByName("Ada").orElseThrow());
		assertThat(locked).extracting(Customer::id).isEqualTo(1L);
	}

	@Test
	void anAggregateIsLoadedByOneQuery() {
		this.context.getBean(JdbcMappingContext.class).setSingleQueryLoadingEnabled(true);
		Customer saved = this.customers.save(new Customer(null, "Ada", true, BigDecimal.ONE, Level.SILVER, null, null,
				Set.of(new Address("Skippergata 1", "Oslo"), new Address("Strandgaten 2", "Bergen")), 0));
		assertThat(this.customers.findById(saved.id())).get()
			.usingRecursiveComparison()
			.withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
			.isEqualTo(saved);
	}

	@Test
	void theSecondWriterOfAVersionFails() throws SQLException {
		Customer ada = this.customers.save(customer("Ada"));
		this.customers.save(ada.named("Ada Lovelace"));
		assertThatExceptionOfType(OptimisticLockingFailureException.class)
			.isThrownBy(() -> this.customers.save(ada.named("Countess")));
		assertThat(rows("SELECT name, version FROM customer")).containsExactly("'Ada Lovelace', 2");
	}

	@Test
	void violatedConstraintsAreTranslated() {
		this.customers.save(customer("Ada"));
		assertThatException().isThrownBy(() -> this.customers.save(customer("Ada")))
			.isInstanceOf(DuplicateKeyException.class);
		assertThatException().isThrownBy(() -> this.customers.save(customer(null)))
			.isInstanceOf(DataIntegrityViolationException.class);
	}

	@Test
	void namesThatAreKeywordsAreQuoted() throws SQLException {
		Order saved = this.aggregates.save(new Order(null, "first"));
		this.aggregates.save(new Order(saved.id(), "second"));
		assertThat(this.aggregates.findAll(Order.class)).containsExactly(new Order(1L, "second"));
		assertThat(rows("SELECT \"id\", \"group\" FROM \"order\"")).containsExactly("1, 'second'");
	}

	@Test
	void repositoriesReadThePast() {
		Customer ada = this.customers.save(customer("Ada"));
		long before = this.context.getBean(TimeTravelRepository.class).currentScn();
		this.customers.save(ada.named("Ada Lovelace"));
		assertThat(this.customers.namesAsOf(before)).containsExactly("Ada");
		assertThat(this.customers.findByNameStartingWith("Ada")).extracting(Customer::name)
			.containsExactly("Ada Lovelace");
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.dataSource, sql);
	}

	private void execute(String sql) throws SQLException {
		try (var connection = this.dataSource.getConnection(); var statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static Customer customer(String name) {
		return new Customer(null, name, true, BigDecimal.ONE, Level.SILVER, null, null, Set.of(), 0);
	}

	enum Level {

		SILVER, GOLD

	}

	@Table
	record Customer(@Id Long id, String name, boolean active, BigDecimal balance, Level level, UUID token, byte[] photo,
			@MappedCollection(idColumn = "customer") Set<Address> addresses, @Version int version) {

		Customer named(String name) {
			return new Customer(this.id, name, this.active, this.balance, this.level, this.token, this.photo,
					this.addresses, this.version);
		}

	}

	record Address(String street, String city) {
	}

	@Table
	record Moments(@Id Long id, Instant instant, Instant instantText, LocalDateTime local, LocalDateTime localText,
			LocalDate day, LocalDate dayText, LocalTime timeText, OffsetDateTime offset, Boolean yes, Boolean no) {
	}

	@Table
	record Setting(@Id String name, String value) {
	}

	@Table
	record Order(@Id Long id, String group) {
	}

	interface Customers extends ListCrudRepository<Customer, Long>, PagingAndSortingRepository<Customer, Long> {

		Slice<Customer> findByActive(boolean active, Pageable pageable);

		List<Customer> findByActiveTrueOrderByName(Limit limit);

		List<Customer> findByNameStartingWith(String prefix);

		@Query("SELECT * FROM customer WHERE name LIKE :prefix || '%' ESCAPE '\\'")
		List<Customer> findByNamePrefix(String prefix);

		boolean existsByNameIgnoreCase(String name);

		long countByBalanceGreaterThan(BigDecimal balance);

		int deleteByName(String name);

		@Lock(LockMode.PESSIMISTIC_WRITE)
		Optional<Customer> findByName(String name);

		@Query("SELECT name FROM customer AS OF SCN :scn ORDER BY name")
		List<String> namesAsOf(long scn);

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableJdbcRepositories(considerNestedRepositories = true)
	static class Shop {

	}

}
