package io.heliosdb.boot.timetravel;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.jdbc.Commit;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.Restoration;
import io.heliosdb.jdbc.RowChange;
import io.heliosdb.jdbc.RowOperation;
import io.heliosdb.jdbc.RowVersion;
import io.heliosdb.jdbc.Tag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link TimeTravelRepository} and {@link TableHistory}. */
class TimeTravelRepositoryTests {

	@TempDir
	private Path folder;

	private HikariDataSource dataSource;

	private JdbcClient jdbc;

	private TransactionTemplate transaction;

	private TimeTravelRepository repository;

	private TableHistory<City> cities;

	record City(long id, String name, Integer population, Instant foundedAt) {

		City(long id, String name) {
			this(id, name, null, null);
		}

	}

	@BeforeEach
	void open() {
		this.dataSource = new HikariDataSource();
		this.dataSource.setJdbcUrl("jdbc:heliosdb:" + this.folder.resolve("app.db"));
		this.dataSource.setMaximumPoolSize(3);
		this.jdbc = JdbcClient.create(this.dataSource);
		this.transaction = new TransactionTemplate(new JdbcTransactionManager(this.dataSource));
		this.repository = new TimeTravelRepository(this.dataSource);
		this.cities = this.repository.table("city", City.class);
		update("CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL, population INT, founded_at TIMESTAMP)");
	}

	@AfterEach
	void close() {
		this.repository.destroy();
		this.dataSource.close();
	}

	private PointInTime update(String sql, Object... parameters) {
		this.jdbc.sql(sql).params(parameters).update();
		return PointInTime.scn(this.repository.currentScn());
	}

	private List<String> names() {
		return this.jdbc.sql("SELECT name FROM city ORDER BY id").query(String.class).list();
	}

	@Test
	void clientReadsThePastWhileOthersReadThePresent() {
		PointInTime point = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		JdbcClient past = this.repository.asOf(point);
		update("UPDATE city SET name = 'Christiania'");
		assertThat(past.sql("SELECT * FROM city WHERE id = ?").param(1).query(City.class).single())
			.isEqualTo(new City(1, "Oslo"));
		assertThat(names()).containsExactly("Christiania");
	}

	@Test
	void clientReadsThePastWithinATransactionOnThePresent() {
		PointInTime point = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		this.transaction.executeWithoutResult((status) -> {
			this.jdbc.sql("UPDATE city SET name = 'Christiania'").update();
			assertThat(names()).containsExactly("Christiania");
			JdbcClient past = this.repository.asOf(point);
			for (int i = 0; i < 5; i++) {
				assertThat(past.sql("SELECT name FROM city").query(String.class).list()).containsExactly("Oslo");
				assertThat(this.repository.asOf(point).sql("SELECT count(*) FROM city").query(Long.class).single())
					.isOne();
			}
		});
	}

	@Test
	void clientOfNowStaysWhereItIs() {
		JdbcClient past = this.repository.asOf(PointInTime.now());
		update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		assertThat(past.sql("SELECT count(*) FROM city").query(Long.class).single()).isZero();
	}

	@Test
	void pointsTagsAndCommitsAreTold() {
		PointInTime first = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		long scn = this.repository.tag("first");
		assertThat(scn).isEqualTo(this.repository.resolve(first));
		PointInTime second = update("DELETE FROM city");
		assertThat(this.repository.tags()).extracting(Tag::name).containsExactly("first");
		assertThat(this.repository.resolve(PointInTime.tag("first"))).isEqualTo(scn);
		assertThat(this.repository.resolve(PointInTime.of(this.repository.timeOf(first)))).isEqualTo(scn);
		assertThat(this.repository.commits(first, second)).extracting(Commit::scn).containsExactly(scn, scn + 1);
		assertThat(this.repository.lastCommits(1)).extracting(Commit::scn).containsExactly(scn + 1);
		assertThat(this.repository.untag("first")).isTrue();
		assertThat(this.repository.tags()).isEmpty();
	}

	@Test
	void rowIsFoundAsItWas() {
		Instant founded = Instant.parse("1048-01-01T00:00:00Z");
		PointInTime point = update("INSERT INTO city VALUES (1, 'Oslo', 500, ?)", founded);
		update("DELETE FROM city");
		assertThat(this.cities.find(point, 1)).contains(new City(1, "Oslo", 500, founded));
		assertThat(this.cities.find(PointInTime.now(), 1)).isEmpty();
		assertThat(this.repository.table("city").find(point, 1).orElseThrow()).containsEntry("name", "Oslo");
		assertThat(this.repository.table("city", (row, number) -> number + row.getString("name")).find(point, 1))
			.contains("0Oslo");
	}

	@Test
	void versionsAreOfTheUsersType() {
		PointInTime first = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		PointInTime second = update("UPDATE city SET name = 'Christiania'");
		update("DELETE FROM city");
		assertThat(this.cities.versions(1)).extracting(RowVersion::row)
			.containsExactly(new City(1, "Oslo"), new City(1, "Christiania"), new City(1, "Christiania"));
		assertThat(this.cities.versionsBetween(first, second, 1)).extracting(RowVersion::operation)
			.containsExactly(RowOperation.INSERT, RowOperation.UPDATE);
		List<City> all = new ArrayList<>();
		this.cities.forEachVersion(PointInTime.oldest(), PointInTime.now(), (version) -> all.add(version.row()));
		assertThat(all).hasSize(3);
	}

	@Test
	void versionsOfASimpleTypeAreThoseOfATableOfOneColumn() {
		update("CREATE TABLE name (name TEXT PRIMARY KEY)");
		update("INSERT INTO name VALUES ('Oslo')");
		assertThat(this.repository.table("name", String.class).versions("Oslo")).extracting(RowVersion::row)
			.containsExactly("Oslo");
	}

	@Test
	void differenceIsOfTheUsersType() {
		PointInTime from = update("INSERT INTO city (id, name) VALUES (1, 'Oslo'), (2, 'Rome')");
		update("UPDATE city SET name = 'Christiania' WHERE id = 1");
		update("DELETE FROM city WHERE id = 2");
		PointInTime to = update("INSERT INTO city (id, name) VALUES (3, 'Bonn')");
		assertThat(this.cities.difference(from, to)).containsExactlyInAnyOrder(
				new RowChange<>(RowOperation.UPDATE, new City(1, "Oslo"), new City(1, "Christiania")),
				new RowChange<>(RowOperation.DELETE, new City(2, "Rome"), null),
				new RowChange<>(RowOperation.INSERT, null, new City(3, "Bonn")));
		List<Map<String, Object>> inserted = new ArrayList<>();
		this.repository.table("city").forEachChange(from, to, (change) -> {
			if (change.operation() == RowOperation.INSERT) {
				inserted.add(change.after());
			}
		});
		assertThat(inserted).singleElement().satisfies((row) -> assertThat(row).containsEntry("name", "Bonn"));
	}

	@Test
	void rowsTablesAndTheDatabaseAreRestored() {
		PointInTime point = update("INSERT INTO city (id, name) VALUES (1, 'Oslo'), (2, 'Rome'), (3, 'Bonn')");
		update("UPDATE city SET name = 'X' || id");
		assertThat(this.cities.restoreRow(point, 1).rows()).isOne();
		assertThat(names()).containsExactly("Oslo", "X2", "X3");
		assertThat(this.cities.restoreRows(point, "id > ?", 2).rows()).isOne();
		assertThat(names()).containsExactly("Oslo", "X2", "Bonn");
		Restoration restoration = this.cities.restore(point);
		assertThat(names()).containsExactly("Oslo", "Rome", "Bonn");
		this.cities.restore(PointInTime.scn(restoration.previousScn()));
		assertThat(names()).containsExactly("Oslo", "X2", "Bonn");
		this.jdbc.sql("DROP TABLE city").update();
		this.repository.restoreTables(point, "city");
		assertThat(names()).containsExactly("Oslo", "Rome", "Bonn");
		this.jdbc.sql("DROP TABLE city").update();
		this.repository.restoreDatabase(point);
		assertThat(names()).containsExactly("Oslo", "Rome", "Bonn");
	}

	@Test
	void restoreIsRefusedWithinATransaction() {
		PointInTime point = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		this.transaction.executeWithoutResult((status) -> {
			this.jdbc.sql("DELETE FROM city").update();
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.cities.restoreRow(point, 1))
				.withMessageContaining("transaction of its own");
			assertThatExceptionOfType(IllegalTransactionStateException.class)
				.isThrownBy(() -> this.repository.restoreDatabase(point));
		});
	}

	@Test
	void whatATransactionHasNotCommittedIsNotSeen() {
		PointInTime before = PointInTime.scn(this.repository.currentScn());
		this.transaction.executeWithoutResult((status) -> {
			this.jdbc.sql("INSERT INTO city (id, name) VALUES (1, 'Oslo')").update();
			assertThat(this.cities.difference(before, PointInTime.now())).isEmpty();
			assertThat(this.repository.tag("before")).isEqualTo(this.repository.resolve(before));
		});
		assertThat(this.cities.difference(before, PointInTime.now())).hasSize(1);
	}

	@Test
	void errorsAreTranslated() {
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.repository.asOf(PointInTime.tag("nowhere")))
			.withMessageContaining("nowhere")
			.withMessageContaining("newest");
		assertThatExceptionOfType(BadSqlGrammarException.class)
			.isThrownBy(() -> this.repository.table("nowhere").find(PointInTime.now(), 1))
			.withMessageContaining("nowhere");
		update("CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES city)");
		PointInTime point = PointInTime.scn(this.repository.currentScn());
		update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		update("INSERT INTO child VALUES (1)");
		assertThatExceptionOfType(DataIntegrityViolationException.class).isThrownBy(() -> this.cities.restore(point))
			.withMessageContaining("child row 1");
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(
				() -> this.repository.asOf(point).sql("INSERT INTO city (id, name) VALUES (9, 'Rome')").update());
	}

	@Test
	void erasedPointsAreGone() {
		PointInTime first = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		PointInTime second = update("UPDATE city SET name = 'Rome'");
		this.repository.eraseBefore(second);
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> this.repository.asOf(first));
		assertThat(this.cities.find(second, 1)).contains(new City(1, "Rome"));
		update("UPDATE city SET name = 'Bonn'");
		this.repository.eraseAll();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> this.repository.asOf(second));
	}

	@Test
	void worksBehindATransactionAwareProxy() {
		TimeTravelRepository proxied = new TimeTravelRepository(new TransactionAwareDataSourceProxy(this.dataSource));
		PointInTime point = update("INSERT INTO city (id, name) VALUES (1, 'Oslo')");
		this.transaction.executeWithoutResult((status) -> {
			this.jdbc.sql("DELETE FROM city").update();
			assertThat(proxied.currentScn()).isEqualTo(this.repository.resolve(point));
			assertThat(names()).isEmpty();
		});
		proxied.destroy();
	}

	@Test
	void connectionsThatWaitAreReleased() throws Exception {
		this.repository.asOf(PointInTime.now()).sql("SELECT 1").query().singleValue();
		int before = status();
		this.repository.releaseConnections();
		assertThat(status()).isEqualTo(before - 2);
	}

	private int status() throws Exception {
		try (java.sql.Connection connection = this.dataSource.getConnection()) {
			return connection.unwrap(io.heliosdb.jdbc.HeliosConnection.class).getDatabaseStatus().connections();
		}
	}

}
