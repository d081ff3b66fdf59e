package io.heliosdb.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests of a whole application: everything on the class path, nothing configured. */
class HeliosDbApplicationTests {

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext context;

	private JdbcTemplate jdbc;

	@BeforeEach
	void start() {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		this.context = application.run("--heliosdb.path=" + this.folder.resolve("app.db"),
				"--jdbc.datasource-proxy.enabled=false",
				"--spring.flyway.locations=classpath:io/heliosdb/boot/flyway/migration");
		this.jdbc = this.context.getBean(JdbcTemplate.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void jdbcClientReadsAndWrites() {
		JdbcClient client = this.context.getBean(JdbcClient.class);
		client.sql("INSERT INTO city (name) VALUES (:name)").param("name", "Bergen").update();
		assertThat(client.sql("SELECT name FROM city ORDER BY name").query(String.class).list())
			.containsExactly("Bergen", "Oslo");
	}

	@Test
	void rowsBecomeRecords() {
		City city = this.context.getBean(JdbcClient.class).sql("SELECT id, name FROM city").query(City.class).single();
		assertThat(city).isEqualTo(new City(1, "Oslo"));
	}

	@Test
	void generatedKeysComeBack() {
		KeyHolder keys = new GeneratedKeyHolder();
		this.context.getBean(JdbcClient.class)
			.sql("INSERT INTO city (name) VALUES (?)")
			.param("Bergen")
			.update(keys, "id");
		assertThat(keys.getKey()).extracting(Number::longValue).isEqualTo(2L);
	}

	@Test
	void batchesWrite() {
		this.jdbc.batchUpdate("INSERT INTO city (name) VALUES (?)",
				List.of(new Object[] { "Bergen" }, new Object[] { "Tromsø" }));
		assertThat(cities()).isEqualTo(3);
	}

	@Test
	void aTransactionCommits() {
		transaction().executeWithoutResult((status) -> insert("Bergen"));
		assertThat(cities()).isEqualTo(2);
	}

	@Test
	void aTransactionRollsBack() {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> transaction().executeWithoutResult((status) -> {
				insert("Bergen");
				throw new IllegalStateException("no");
			}));
		assertThat(cities()).isOne();
	}

	@Test
	void aNestedTransactionRollsBackAlone() {
		TransactionTemplate nested = transaction();
		nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
		transaction().executeWithoutResult((outer) -> {
			insert("Bergen");
			nested.executeWithoutResult((inner) -> {
				insert("Atlantis");
				inner.setRollbackOnly();
			});
		});
		assertThat(this.jdbc.queryForList("SELECT name FROM city ORDER BY id", String.class)).containsExactly("Oslo",
				"Bergen");
	}

	@Test
	void aReadOnlyTransactionSeesOneSnapshot() {
		TransactionTemplate readOnly = transaction();
		readOnly.setReadOnly(true);
		TransactionTemplate independent = transaction();
		independent.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		readOnly.executeWithoutResult((status) -> {
			assertThat(cities()).isOne();
			independent.executeWithoutResult((inner) -> insert("Bergen"));
			assertThat(cities()).isOne();
		});
		assertThat(cities()).isEqualTo(2);
	}

	@Test
	void aReadOnlyTransactionRefusesToWrite() {
		TransactionTemplate readOnly = transaction();
		readOnly.setReadOnly(true);
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> readOnly.executeWithoutResult((status) -> insert("Bergen")));
		assertThat(cities()).isOne();
	}

	@Test
	void aDuplicateKeyIsOne() {
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> insert("Oslo"));
	}

	@Test
	void aMissingValueViolatesIntegrity() {
		assertThatExceptionOfType(DataIntegrityViolationException.class).isThrownBy(() -> insert(null))
			.isNotInstanceOf(DuplicateKeyException.class);
	}

	@Test
	void theHealthEndpointShowsTheDatabase() {
		HealthDescriptor health = this.context.getBean(HealthEndpoint.class).healthForPath("heliosDb");
		assertThat(health).isInstanceOf(IndicatedHealthDescriptor.class);
		assertThat(((IndicatedHealthDescriptor) health).getDetails()).containsKeys("path", "size", "walSize",
				"engineVersion");
	}

	@Test
	void queriesAndSizesArePublished() {
		insert("Bergen");
		assertThat(this.context.getBean(MeterRegistry.class).getMeters()).extracting((meter) -> meter.getId().getName())
			.contains("db.client.operation.duration", "heliosdb.database.size", "heliosdb.wal.size",
					"heliosdb.cache.size", "hikaricp.connections");
	}

	@Test
	void aStatementTimesOut() {
		JdbcTemplate impatient = new JdbcTemplate(this.jdbc.getDataSource());
		impatient.setQueryTimeout((int) Duration.ofSeconds(1).toSeconds());
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> impatient.queryForObject(
				"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
				Integer.class));
	}

	private TransactionTemplate transaction() {
		return new TransactionTemplate(this.context.getBean(PlatformTransactionManager.class));
	}

	private void insert(String name) {
		this.jdbc.update("INSERT INTO city (name) VALUES (?)", name);
	}

	private int cities() {
		Integer count = this.jdbc.queryForObject("SELECT count(*) FROM city", Integer.class);
		return (count != null) ? count : -1;
	}

	record City(long id, String name) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
