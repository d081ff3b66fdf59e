package io.heliosdb.jdbc;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** The driver as Spring's applications use it: behind a pool and JdbcTemplate. */
class SpringJdbcTests {

	@TempDir
	private Path directory;

	private HikariDataSource pool;

	private JdbcTemplate template;

	private JdbcClient client;

	private TransactionTemplate transactions;

	/** As Spring maps columns by name. */
	private record Item(long id, String name, BigDecimal price, Instant created, LocalDate day, boolean active,
			UUID reference) {
	}

	@BeforeEach
	void open() {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(Sql.url(this.directory, "?busy_timeout=10s"));
		config.setMaximumPoolSize(3);
		this.pool = new HikariDataSource(config);
		this.template = new JdbcTemplate(this.pool);
		this.client = JdbcClient.create(this.pool);
		this.transactions = new TransactionTemplate(new DataSourceTransactionManager(this.pool));
		this.template.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, "
				+ "price DECIMAL(10, 2), created TIMESTAMP, day DATE, active BOOLEAN DEFAULT TRUE, reference UUID)");
	}

	@AfterEach
	void close() {
		this.pool.close();
	}

	private int count() {
		return this.template.queryForObject("SELECT count(*) FROM item", Integer.class);
	}

	@Test
	void recordsGoInAndComeOut() {
		Item item = new Item(7, "seven", new BigDecimal("12.5"), Instant.parse("2026-11-22T10:15:30.123Z"),
				LocalDate.of(2026, 11, 22), true, UUID.randomUUID());
		this.client.sql("INSERT INTO item VALUES (:id, :name, :price, :created, :day, :active, :reference)")
			.paramSource(item)
			.update();
		assertThat(this.client.sql("SELECT * FROM item WHERE id = ?").param(7).query(Item.class).single())
			.isEqualTo(item);
		assertThat(this.client.sql("SELECT * FROM item WHERE created > ? AND day = ?")
			.params(item.created().minusSeconds(1), item.day())
			.query(Item.class)
			.list()).hasSize(1);
	}

	@Test
	void keyHolderGetsTheKey() {
		GeneratedKeyHolder keys = new GeneratedKeyHolder();
		this.client.sql("INSERT INTO item(name) VALUES (?)").param("a").update(keys);
		assertThat(keys.getKey().longValue()).isOne();
		this.client.sql("INSERT INTO item(name) VALUES (?)").param("b").update(keys, "id", "active");
		assertThat(keys.getKeys()).containsEntry("id", 2L).containsKey("active");
	}

	@Test
	void simpleJdbcInsertFindsTheColumnsByItself() {
		SimpleJdbcInsert insert = new SimpleJdbcInsert(this.pool).withTableName("item").usingGeneratedKeyColumns("id");
		assertThat(insert.executeAndReturnKey(Map.of("name", "a", "price", 3)).longValue()).isOne();
		assertThat(insert.executeAndReturnKey(Map.of("name", "b")).longValue()).isEqualTo(2);
		assertThat(count()).isEqualTo(2);
	}

	@Test
	void batchUpdate() {
		List<Object[]> rows = List.of(new Object[] { "a" }, new Object[] { "b" }, new Object[] { "c" });
		assertThat(this.template.batchUpdate("INSERT INTO item(name) VALUES (?)", rows)).containsExactly(1, 1, 1);
		assertThat(this.template.batchUpdate("DELETE FROM item WHERE id = 1", "DELETE FROM item")).containsExactly(1,
				2);
	}

	@Test
	void exceptionsAreTranslated() {
		this.template.update("INSERT INTO item(name) VALUES ('a')");
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> this.template.update("INSERT INTO item(name) VALUES ('a')"));
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.template
			.batchUpdate("INSERT INTO item(name) VALUES (?)", Collections.singletonList(new Object[] { "a" })));
		assertThatExceptionOfType(DataIntegrityViolationException.class)
			.isThrownBy(() -> this.template.update("INSERT INTO item(name) VALUES (NULL)"));
		assertThatExceptionOfType(BadSqlGrammarException.class)
			.isThrownBy(() -> this.template.execute("SELECT * FROM nowhere"));
	}

	@Test
	void transactionsCommitAndRollBack() {
		this.transactions.executeWithoutResult((status) -> this.template.update("INSERT INTO item(name) VALUES ('a')"));
		assertThatIllegalStateException().isThrownBy(() -> this.transactions.executeWithoutResult((status) -> {
			this.template.update("INSERT INTO item(name) VALUES ('b')");
			throw new IllegalStateException("roll back");
		}));
		assertThat(count()).isOne();
	}

	@Test
	void nestedTransactionsAreSavepoints() {
		TransactionTemplate nested = new TransactionTemplate(this.transactions.getTransactionManager());
		nested.setPropagationBehaviorName("PROPAGATION_NESTED");
		this.transactions.executeWithoutResult((outer) -> {
			this.template.update("INSERT INTO item(name) VALUES ('a')");
			nested.executeWithoutResult((inner) -> {
				this.template.update("INSERT INTO item(name) VALUES ('b')");
				inner.setRollbackOnly();
			});
		});
		assertThat(count()).isOne();
	}

	@Test
	void readOnlyTransactionDoesNotWaitForAWriter() {
		this.transactions.executeWithoutResult((writing) -> {
			this.template.update("INSERT INTO item(name) VALUES ('a')");
			TransactionTemplate reading = new TransactionTemplate(this.transactions.getTransactionManager());
			reading.setReadOnly(true);
			reading.setPropagationBehaviorName("PROPAGATION_REQUIRES_NEW");
			assertThat(reading.<Integer>execute((status) -> count())).isZero();
		});
	}

	@Test
	void timeoutOfATransactionIsAQueryTimeout() {
		this.transactions.setTimeout(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> this.transactions
			.executeWithoutResult((status) -> this.template.queryForObject(Sql.ENDLESS, Long.class)));
		assertThat(count()).isZero();
	}

	@Test
	void transactionThatWasRolledBackBySqliteIsOverForThePoolToo() {
		this.template.update("INSERT INTO item(name) VALUES ('a')");
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.transactions
			.executeWithoutResult((status) -> this.template.update("INSERT OR ROLLBACK INTO item(name) VALUES ('a')")));
		for (int i = 0; i < 5; i++) {
			this.template.update("INSERT INTO item(name) VALUES (?)", "later " + i);
		}
		assertThat(count()).isEqualTo(6);
	}

	@Test
	void unsupportedCallDoesNotCostThePooledConnectionItsTransaction() {
		this.transactions.executeWithoutResult((status) -> {
			this.template.update("INSERT INTO item(name) VALUES ('a')");
			this.template.execute((java.sql.Connection connection) -> {
				assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connection.prepareCall("x"));
				return null;
			});
		});
		assertThat(count()).isOne();
	}

}
