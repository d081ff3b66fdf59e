package io.heliosdb.integration.springjdbc;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.integration.Rows;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Spring's JDBC support on a HikariCP pool behind a lazy proxy. */
class SpringJdbcTests {

	private static final String ENDLESS = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) "
			+ "SELECT count(*) FROM n";

	@TempDir
	private Path folder;

	private HikariDataSource pool;

	private JdbcClient client;

	private JdbcTemplate template;

	private JdbcTransactionManager transactions;

	private LazyConnectionDataSourceProxy lazy;

	@BeforeEach
	void open() {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl("jdbc:heliosdb:" + this.folder.resolve("parcels.db"));
		config.setMaximumPoolSize(4);
		config.setConnectionTestQuery("SELECT 1");
		this.pool = new HikariDataSource(config);
		this.lazy = new LazyConnectionDataSourceProxy(this.pool);
		this.transactions = new JdbcTransactionManager(this.lazy);
		this.template = new JdbcTemplate(this.lazy);
		this.client = JdbcClient.create(this.template);
		this.template.execute("CREATE TABLE parcel (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, "
				+ "weight REAL, sent TIMESTAMP, fragile BOOLEAN NOT NULL DEFAULT 0)");
	}

	@AfterEach
	void close() {
		this.pool.close();
	}

	@Test
	void recordsGoInByNameAndComeBack() throws SQLException {
		Instant sent = Instant.parse("2026-03-29T01:30:00Z");
		Parcel parcel = new Parcel(null, "A", 1.5, sent, true);
		this.client.sql("INSERT INTO parcel (code, weight, sent, fragile) VALUES (:code, :weight, :sent, :fragile)")
			.paramSource(parcel)
			.update();
		assertThat(this.client.sql("SELECT * FROM parcel WHERE code IN (:codes)")
			.param("codes", List.of("A", "B"))
			.query(Parcel.class)
			.single()).isEqualTo(new Parcel(1L, "A", 1.5, sent, true));
		assertThat(rows("SELECT * FROM parcel")).containsExactly("1, 'A', 1.5, '2026-03-29 01:30:00', 1");
	}

	@Test
	void simpleJdbcInsertReadsTheTableFromMetaData() throws SQLException {
		SimpleJdbcInsert insert = new SimpleJdbcInsert(this.lazy).withTableName("parcel")
			.usingGeneratedKeyColumns("id")
			.usingColumns("code", "weight");
		assertThat(insert.executeAndReturnKey(Map.of("code", "A", "weight", 2)).longValue()).isOne();
		assertThat(insert.executeAndReturnKey(Map.of("code", "B", "weight", 3)).longValue()).isEqualTo(2);
		assertThat(new SimpleJdbcInsert(this.lazy).withTableName("parcel")
			.usingColumns("code", "weight", "fragile")
			.executeBatch(new MapSqlParameterSource(Map.of("code", "C", "weight", 1, "fragile", true)),
					new MapSqlParameterSource(Map.of("code", "D", "weight", 1, "fragile", false))))
			.containsExactly(1, 1);
		assertThat(rows("SELECT id, code, weight, fragile FROM parcel ORDER BY id")).containsExactly("1, 'A', 2.0, 0",
				"2, 'B', 3.0, 0", "3, 'C', 1.0, 1", "4, 'D', 1.0, 0");
	}

	@Test
	void nestedTransactionsAreSavepoints() throws SQLException {
		TransactionTemplate outer = transaction(TransactionDefinition.PROPAGATION_REQUIRED);
		TransactionTemplate nested = transaction(TransactionDefinition.PROPAGATION_NESTED);
		outer.executeWithoutResult((status) -> {
			insert("A");
			nested.executeWithoutResult((inner) -> {
				insert("B");
				nested.executeWithoutResult((innermost) -> {
					insert("C");
					innermost.setRollbackOnly();
				});
			});
			assertThatExceptionOfType(DuplicateKeyException.class)
				.isThrownBy(() -> nested.executeWithoutResult((inner) -> {
					insert("D");
					insert("A");
				}));
		});
		assertThat(rows("SELECT code FROM parcel ORDER BY id")).containsExactly("'A'", "'B'");
	}

	@Test
	void aReadOnlyTransactionSeesOneSnapshotAndRefusesToWrite() throws SQLException {
		insert("A");
		TransactionTemplate readOnly = transaction(TransactionDefinition.PROPAGATION_REQUIRED);
		readOnly.setReadOnly(true);
		TransactionTemplate independent = transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		readOnly.executeWithoutResult((status) -> {
			assertThat(count()).isOne();
			independent.executeWithoutResult((inner) -> insert("B"));
			assertThat(count()).isOne();
		});
		assertThat(count()).isEqualTo(2);
		assertThatException().isThrownBy(() -> readOnly.executeWithoutResult((status) -> insert("C")));
		assertThat(rows("SELECT code FROM parcel ORDER BY id")).containsExactly("'A'", "'B'");
	}

	@Test
	void statementsAndTransactionsTimeOut() throws SQLException {
		JdbcTemplate impatient = new JdbcTemplate(this.lazy);
		impatient.setQueryTimeout(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> impatient.queryForObject(ENDLESS, Long.class));
		TransactionTemplate brief = transaction(TransactionDefinition.PROPAGATION_REQUIRED);
		brief.setTimeout(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> brief.executeWithoutResult((status) -> {
			insert("A");
			this.template.queryForObject(ENDLESS, Long.class);
		}));
		assertThat(rows("SELECT * FROM parcel")).isEmpty();
	}

	@Test
	void aTransactionThatDoesNothingTakesNoConnection() {
		transaction(TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
			assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
			insert("A");
			assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isOne();
		});
		assertThat(this.pool.getHikariPoolMXBean().getActiveConnections()).isZero();
	}

	@Test
	void manyThreadsShareFewConnections() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(12);
		List<Future<?>> work = new ArrayList<>();
		for (int thread = 0; thread < 12; thread++) {
			String prefix = "T" + thread + "-";
			work.add(threads.submit(() -> {
				for (int i = 0; i < 50; i++) {
					String code = prefix + i;
					transaction(TransactionDefinition.PROPAGATION_REQUIRED).executeWithoutResult((status) -> {
						insert(code);
						this.client.sql("UPDATE parcel SET weight = length(code) WHERE code = ?").param(code).update();
					});
				}
			}));
		}
		for (Future<?> one : work) {
			one.get();
		}
		threads.shutdown();
		assertThat(rows("SELECT count(*), count(DISTINCT code), sum(weight = length(code)) FROM parcel"))
			.containsExactly("600, 600, 600");
		assertThat(this.pool.getHikariPoolMXBean().getTotalConnections()).isLessThanOrEqualTo(4);
	}

	@Test
	void aConnectionComesBackFromThePoolAsItWas() throws SQLException {
		this.pool.close();
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl("jdbc:heliosdb:" + this.folder.resolve("parcels.db"));
		config.setMaximumPoolSize(1);
		config.setConnectionTimeout(Duration.ofSeconds(5).toMillis());
		this.pool = new HikariDataSource(config);
		try (var connection = this.pool.getConnection(); var statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			connection.setReadOnly(true);
			statement.executeQuery("SELECT * FROM parcel").next();
		}
		try (var connection = this.pool.getConnection(); var statement = connection.createStatement()) {
			assertThat(connection.getAutoCommit()).isTrue();
			assertThat(connection.isReadOnly()).isFalse();
			statement.executeUpdate("INSERT INTO parcel (code) VALUES ('A')");
		}
		this.pool.close();
		assertThat(Rows.ofClosed(this.folder.resolve("parcels.db"), "SELECT code FROM parcel")).containsExactly("'A'");
	}

	private TransactionTemplate transaction(int propagation) {
		TransactionTemplate template = new TransactionTemplate(this.transactions);
		template.setPropagationBehavior(propagation);
		return template;
	}

	private void insert(String code) {
		this.template.update("INSERT INTO parcel (code) VALUES (?)", code);
	}

	private int count() {
		return this.client.sql("SELECT count(*) FROM parcel").query(Integer.class).single();
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.pool, sql);
	}

	record Parcel(Long id, String code, Double weight, Instant sent, boolean fragile) {
	}

}
