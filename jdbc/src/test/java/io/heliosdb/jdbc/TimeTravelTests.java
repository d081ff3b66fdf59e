package io.heliosdb.jdbc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests for {@link TimeTravel}: points, tags, reading the past and what happened. */
class TimeTravelTests extends OnTimeTravel {

	TimeTravelTests() {
		super("");
	}

	@BeforeEach
	void createTable() throws SQLException {
		update("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price DECIMAL(10, 2), created TIMESTAMP)");
	}

	private PointInTime update(String sql, Object... parameters) throws SQLException {
		Sql.update(this.connection, sql, parameters);
		return PointInTime.scn(this.timeTravel.currentScn());
	}

	/* Points */

	@Test
	void eachCommitHasTheNextNumber() throws SQLException {
		long before = this.timeTravel.currentScn();
		update("INSERT INTO item (name) VALUES ('a')");
		assertThat(this.timeTravel.currentScn()).isEqualTo(before + 1);
		this.connection.setAutoCommit(false);
		update("INSERT INTO item (name) VALUES ('b')");
		update("INSERT INTO item (name) VALUES ('c')");
		this.connection.commit();
		assertThat(this.timeTravel.currentScn()).isEqualTo(before + 2);
	}

	@Test
	void pointIsFoundByItsTime() throws SQLException {
		PointInTime first = update("INSERT INTO item (name) VALUES ('a')");
		Instant time = this.timeTravel.timeOf(first);
		PointInTime second = update("INSERT INTO item (name) VALUES ('b')");
		assertThat(this.timeTravel.timeOf(second)).isAfter(time);
		assertThat(this.timeTravel.resolve(PointInTime.of(time))).isEqualTo(this.timeTravel.resolve(first));
		assertThat(this.timeTravel.resolve(PointInTime.of(time.plusNanos(999))))
			.isEqualTo(this.timeTravel.resolve(first));
		assertThat(this.timeTravel.resolve(PointInTime.of(time.minusNanos(1000))))
			.isEqualTo(this.timeTravel.resolve(first) - 1);
	}

	@Test
	void oldestPointCanBeRead() throws SQLException {
		update("INSERT INTO item (name) VALUES ('a')");
		long oldest = this.timeTravel.resolve(PointInTime.oldest());
		assertThat(oldest).isLessThan(this.timeTravel.currentScn());
		assertThat(this.timeTravel.<List<List<Object>>>callAsOf(PointInTime.oldest(),
				(past) -> Sql.rows(past, "SELECT name FROM sqlite_schema")))
			.isEmpty();
	}

	@Test
	void pointThatDoesNotExistIsAnErrorWithThoseThatDo() throws SQLException {
		long newest = this.timeTravel.currentScn();
		for (PointInTime point : List.of(PointInTime.scn(newest + 1), PointInTime.of(Instant.now().plusSeconds(3600)),
				PointInTime.of(Instant.EPOCH), PointInTime.of(Instant.MIN), PointInTime.of(Instant.MAX))) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.resolve(point))
				.withMessageContaining("newest SCN " + newest + " ")
				.extracting(SQLException::getSQLState)
				.isEqualTo("22023");
		}
	}

	@Test
	void commitsAreListedWithTimePagesAndTag() throws SQLException {
		PointInTime first = update("INSERT INTO item (name) VALUES ('a')");
		this.timeTravel.tag("first");
		PointInTime second = update("INSERT INTO item (name) VALUES ('b')");
		update("INSERT INTO item (name) VALUES ('c')");
		List<Commit> commits = new ArrayList<>();
		this.timeTravel.commits(first, second, commits::add);
		assertThat(commits).extracting(Commit::scn)
			.containsExactly(this.timeTravel.resolve(first), this.timeTravel.resolve(second));
		assertThat(commits).extracting(Commit::tag).containsExactly("first", null);
		assertThat(commits).extracting(Commit::time)
			.containsExactly(this.timeTravel.timeOf(first), this.timeTravel.timeOf(second));
		assertThat(commits).allSatisfy((commit) -> assertThat(commit.changedPages()).isPositive());
	}

	@Test
	void lastCommitsComeNewestFirst() throws SQLException {
		update("INSERT INTO item (name) VALUES ('a')");
		update("INSERT INTO item (name) VALUES ('b')");
		long newest = this.timeTravel.currentScn();
		assertThat(this.timeTravel.lastCommits(2)).extracting(Commit::scn).containsExactly(newest, newest - 1);
	}

	@Test
	void tagNamesTheNewestCommit() throws SQLException {
		PointInTime tagged = update("INSERT INTO item (name) VALUES ('a')");
		assertThat(this.timeTravel.tag("before-import")).isEqualTo(this.timeTravel.resolve(tagged));
		update("INSERT INTO item (name) VALUES ('b')");
		assertThat(this.timeTravel.resolve(PointInTime.tag("before-import")))
			.isEqualTo(this.timeTravel.resolve(tagged));
		assertThat(this.timeTravel.tags()).singleElement().satisfies((tag) -> {
			assertThat(tag.name()).isEqualTo("before-import");
			assertThat(tag.scn()).isEqualTo(this.timeTravel.resolve(tagged));
			assertThat(tag.createdAt()).isNotNull();
		});
	}

	@Test
	void tagIsGoneWhenItIsTakenAway() throws SQLException {
		this.timeTravel.tag("x");
		assertThat(this.timeTravel.untag("x")).isTrue();
		assertThat(this.timeTravel.untag("x")).isFalse();
		assertThat(this.timeTravel.tags()).isEmpty();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.resolve(PointInTime.tag("x")))
			.withMessageContaining("x");
	}

	@Test
	void databaseWithoutHistorySaysSo() throws SQLException {
		try (HeliosDataSource memory = new HeliosDataSource("jdbc:heliosdb:mem:" + getClass().getName());
				TimeTravel none = new TimeTravel(memory)) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(none::currentScn)
				.withMessageContaining("keeps no history");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> none.find("t", PointInTime.oldest(), 1))
				.withMessageContaining("keeps no history");
		}
	}

	/* Reading the past */

	@Test
	void connectionReadsThePointAndCannotWrite() throws SQLException {
		PointInTime point = update("INSERT INTO item (name) VALUES ('a')");
		update("UPDATE item SET name = 'b'");
		try (Connection past = this.timeTravel.connect(point)) {
			assertThat(Sql.text(past, "SELECT name FROM item")).isEqualTo("a");
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> Sql.update(past, "DELETE FROM item"))
				.extracting(SQLException::getSQLState)
				.isEqualTo("25006");
		}
	}

	@Test
	void closedConnectionIsUsedAgainForItsPointOnly() throws SQLException {
		PointInTime first = update("INSERT INTO item (name) VALUES ('a')");
		PointInTime second = update("UPDATE item SET name = 'b'");
		JdbcConnection used;
		try (Connection past = this.timeTravel.connect(first)) {
			used = past.unwrap(JdbcConnection.class);
		}
		try (Connection past = this.timeTravel.connect(second)) {
			assertThat(past.unwrap(JdbcConnection.class)).isNotSameAs(used);
		}
		try (Connection past = this.timeTravel.connect(first)) {
			assertThat(past.unwrap(JdbcConnection.class)).isSameAs(used);
		}
	}

	@Test
	void connectionThatWasClosedCannotBeUsed() throws SQLException {
		Connection past = this.timeTravel.connect(PointInTime.now());
		past.close();
		past.close();
		assertThat(past.isClosed()).isTrue();
		assertThatExceptionOfType(SQLException.class).isThrownBy(past::createStatement)
			.extracting(SQLException::getSQLState)
			.isEqualTo("08003");
	}

	@Test
	void transactionLeftOpenIsNotTheNextUsers() throws SQLException {
		try (Connection past = this.timeTravel.connect(PointInTime.now())) {
			past.setAutoCommit(false);
			Sql.number(past, "SELECT count(*) FROM item");
		}
		try (Connection past = this.timeTravel.connect(PointInTime.now())) {
			assertThat(past.getAutoCommit()).isTrue();
			Sql.update(past, "BEGIN");
		}
		try (Connection past = this.timeTravel.connect(PointInTime.now())) {
			Sql.update(past, "BEGIN");
		}
	}

	@Test
	void noConnectionStaysOpenWhenItIsClosed() throws SQLException {
		Connection inUse = this.timeTravel.connect(PointInTime.now());
		this.timeTravel.connect(PointInTime.oldest()).close();
		this.timeTravel.close();
		assertThat(this.dataSource.getDatabaseStatus().connections()).isEqualTo(2);
		inUse.close();
		assertThat(this.dataSource.getDatabaseStatus().connections()).isOne();
	}

	@Test
	void nothingIsOpenedWhenItIsClosed() throws SQLException {
		this.timeTravel.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.connect(PointInTime.now()))
			.withMessageContaining("closed");
	}

	@Test
	void releasedConnectionsAreOpenedAnew() throws SQLException {
		PointInTime point = update("INSERT INTO item (name) VALUES ('a')");
		Connection inUse = this.timeTravel.connect(point);
		this.timeTravel.connect(point).close();
		this.timeTravel.releaseConnections();
		assertThat(Sql.text(inUse, "SELECT name FROM item")).isEqualTo("a");
		inUse.close();
		assertThat(this.dataSource.getDatabaseStatus().connections()).isOne();
		assertThat(this.timeTravel.find("item", point, 1)).isPresent();
	}

	@Test
	void fewConnectionsWaitHoweverManyPointsAreRead() throws SQLException {
		for (int i = 0; i < 20; i++) {
			this.timeTravel.connect(update("INSERT INTO item (name) VALUES (?)", i)).close();
		}
		assertThat(this.dataSource.getDatabaseStatus().connections()).isLessThan(15);
	}

	@Test
	void dataSourceOfAPointStaysThere() throws SQLException {
		PointInTime point = update("INSERT INTO item (name) VALUES ('a')");
		DataSource past = this.timeTravel.dataSource(PointInTime.now());
		update("UPDATE item SET name = 'b'");
		try (Connection connection = past.getConnection()) {
			assertThat(Sql.text(connection, "SELECT name FROM item")).isEqualTo("a");
		}
		assertThat(past).isEqualTo(this.timeTravel.dataSource(point))
			.isNotEqualTo(this.timeTravel.dataSource(PointInTime.now()));
	}

	@Test
	void worksOnAPoolWhoseConnectionsAreInTransactions() throws SQLException {
		HikariConfig config = new HikariConfig();
		config.setDataSource(this.dataSource);
		config.setAutoCommit(false);
		config.setMaximumPoolSize(2);
		PointInTime point = update("INSERT INTO item (name) VALUES ('a')");
		update("DELETE FROM item");
		try (HikariDataSource pool = new HikariDataSource(config); TimeTravel pooled = new TimeTravel(pool)) {
			for (int i = 0; i < 5; i++) {
				assertThat(pooled.find("item", point, 1)).isPresent();
				assertThat(pooled.versions("item", PointInTime.oldest(), PointInTime.now(), RowReader.toMap(), 1))
					.hasSize(2);
			}
			assertThat(pooled.restoreTables(point, "item").rows()).isOne();
			try (Connection afterwards = pool.getConnection()) {
				assertThat(afterwards.getAutoCommit()).isFalse();
				assertThat(Sql.number(afterwards, "SELECT count(*) FROM item")).isOne();
			}
		}
	}

	/* One row */

	@Test
	void rowIsFoundAsItWas() throws SQLException {
		PointInTime before = PointInTime.scn(this.timeTravel.currentScn());
		PointInTime inserted = update("INSERT INTO item VALUES (7, 'seven', 12.5, '2026-11-22 10:15:00')");
		PointInTime updated = update("UPDATE item SET name = NULL, price = 13");
		PointInTime deleted = update("DELETE FROM item");
		assertThat(this.timeTravel.find("item", before, 7)).isEmpty();
		Map<String, Object> row = this.timeTravel.find("item", inserted, 7).orElseThrow();
		assertThat(row.keySet()).containsExactly("id", "name", "price", "created");
		assertThat(row).containsEntry("id", 7)
			.containsEntry("name", "seven")
			.containsEntry("price", new java.math.BigDecimal("12.5"))
			.containsEntry("created", Timestamp.from(Instant.parse("2026-11-22T10:15:00Z")));
		assertThat(this.timeTravel.find("ITEM", updated, 7).orElseThrow()).containsEntry("name", null);
		assertThat(this.timeTravel.find("item", deleted, 7)).isEmpty();
	}

	@Test
	void rowIsFoundByAKeyOfSeveralColumns() throws SQLException {
		PointInTime point = null;
		for (String table : List.of("plain (b TEXT, a INT, v, PRIMARY KEY (a, b))",
				"clustered (b TEXT, a INT, v, PRIMARY KEY (a, b)) WITHOUT ROWID")) {
			update("CREATE TABLE " + table);
			String name = table.substring(0, table.indexOf(' '));
			point = update("INSERT INTO " + name + " VALUES ('x', 1, 'first'), ('y', 1, 'second')");
			update("DELETE FROM " + name);
			assertThat(this.timeTravel.find(name, point, 1, "y").orElseThrow()).containsEntry("v", "second");
		}
		PointInTime last = point;
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.find("clustered", last, 1))
			.withMessageContaining("\"a\", \"b\"")
			.withMessageContaining("2 values");
	}

	@Test
	void rowOfATableWithoutAKeyIsFoundByItsRowid() throws SQLException {
		update("CREATE TABLE log (rowid TEXT, line TEXT)");
		PointInTime point = update("INSERT INTO log VALUES ('x', 'first'), ('y', 'second')");
		update("DELETE FROM log");
		assertThat(this.timeTravel.find("log", point, 2).orElseThrow()).containsEntry("line", "second");
	}

	@Test
	void namesMayHaveAnyCharacters() throws SQLException {
		update("CREATE TABLE \"odd \"\"name'?\" (\"a key\" TEXT PRIMARY KEY, \"select\" TEXT)");
		PointInTime point = update("INSERT INTO \"odd \"\"name'?\" VALUES ('k', 'v')");
		update("DELETE FROM \"odd \"\"name'?\"");
		assertThat(this.timeTravel.find("odd \"name'?", point, "k").orElseThrow()).containsEntry("select", "v");
		assertThat(versions("odd \"name'?", "k")).hasSize(2);
		assertThat(difference("odd \"name'?", point, PointInTime.now())).hasSize(1);
		assertThat(this.timeTravel.restoreTables(point, "odd \"name'?").rows()).isOne();
	}

	@Test
	void tableThatWasNotThereIsAnError() {
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.timeTravel.find("nowhere", PointInTime.now(), 1))
			.withMessageContaining("'nowhere'")
			.extracting(SQLException::getSQLState)
			.isEqualTo("42S02");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.timeTravel.find("item", PointInTime.oldest(), 1))
			.withMessageContaining("'item'");
	}

	/* Versions */

	private List<RowVersion<Map<String, Object>>> versions(String table, Object... key) throws SQLException {
		return this.timeTravel.versions(table, PointInTime.oldest(), PointInTime.now(), RowReader.toMap(), key);
	}

	@Test
	void versionsOfARowTellWhatHappenedToIt() throws SQLException {
		PointInTime inserted = update("INSERT INTO item (id, name) VALUES (1, 'a')");
		update("INSERT INTO item (id, name) VALUES (2, 'other')");
		PointInTime updated = update("UPDATE item SET name = 'b' WHERE id = 1");
		PointInTime deleted = update("DELETE FROM item WHERE id = 1");
		List<RowVersion<Map<String, Object>>> versions = versions("item", 1);
		assertThat(versions).extracting(RowVersion::operation)
			.containsExactly(RowOperation.INSERT, RowOperation.UPDATE, RowOperation.DELETE);
		assertThat(versions).extracting((version) -> version.row().get("name")).containsExactly("a", "b", "b");
		long[] scns = { this.timeTravel.resolve(inserted), this.timeTravel.resolve(updated),
				this.timeTravel.resolve(deleted) };
		assertThat(versions).extracting(RowVersion::startScn).containsExactly(scns[0], scns[1], scns[2]);
		assertThat(versions).extracting(RowVersion::endScn).containsExactly(scns[1], scns[2], null);
		assertThat(versions.get(0).startTime()).isEqualTo(this.timeTravel.timeOf(inserted));
		assertThat(versions.get(0).endTime()).isEqualTo(this.timeTravel.timeOf(updated));
		assertThat(versions.get(0).row().keySet()).containsExactly("id", "name", "price", "created");
	}

	@Test
	void versionThatIsOlderThanTheFirstPointHasNoBeginning() throws SQLException {
		update("INSERT INTO item (id, name) VALUES (1, 'a')");
		PointInTime from = update("INSERT INTO item (id, name) VALUES (2, 'other')");
		PointInTime updated = update("UPDATE item SET name = 'b' WHERE id = 1");
		List<RowVersion<Map<String, Object>>> versions = this.timeTravel.versions("item", from, PointInTime.now(),
				RowReader.toMap(), 1);
		assertThat(versions).hasSize(2);
		assertThat(versions.get(0).operation()).isNull();
		assertThat(versions.get(0).startScn()).isNull();
		assertThat(versions.get(0).startTime()).isNull();
		assertThat(versions.get(0).endScn()).isEqualTo(this.timeTravel.resolve(updated));
	}

	@Test
	void versionsOfAllRowsAreStreamed() throws SQLException {
		update("INSERT INTO item (id, name) VALUES (2, 'x'), (1, 'a')");
		update("UPDATE item SET name = 'b' WHERE id = 1");
		List<String> seen = new ArrayList<>();
		this.timeTravel.versions("item", PointInTime.oldest(), PointInTime.now(), (row) -> row.getString("name"),
				(version) -> seen.add(version.row() + " " + version.operation()));
		assertThat(seen).containsExactly("a INSERT", "b UPDATE", "x INSERT");
	}

	/* Difference */

	private List<RowChange<Map<String, Object>>> difference(String table, PointInTime from, PointInTime to)
			throws SQLException {
		List<RowChange<Map<String, Object>>> changes = new ArrayList<>();
		this.timeTravel.difference(table, from, to, RowReader.toMap(), changes::add);
		return changes;
	}

	@Test
	void differenceHasOldAndNewValues() throws SQLException {
		PointInTime from = update("INSERT INTO item (id, name) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
		update("UPDATE item SET name = 'temporary' WHERE id = 1");
		update("UPDATE item SET name = 'changed', price = 1.5 WHERE id = 1");
		update("DELETE FROM item WHERE id = 2");
		PointInTime to = update("INSERT INTO item (id, name, created) VALUES (4, NULL, '2026-11-22 10:15:00')");
		update("DELETE FROM item");
		Map<Object, RowChange<Map<String, Object>>> changes = new java.util.HashMap<>();
		for (RowChange<Map<String, Object>> change : difference("item", from, to)) {
			changes.put(((change.after() != null) ? change.after() : change.before()).get("id"), change);
		}
		assertThat(changes).containsOnlyKeys(1, 2, 4);
		assertThat(changes.get(1).operation()).isEqualTo(RowOperation.UPDATE);
		assertThat(changes.get(1).before()).containsEntry("name", "a").containsEntry("price", null);
		assertThat(changes.get(1).after()).containsEntry("name", "changed")
			.containsEntry("price", new java.math.BigDecimal("1.5"));
		assertThat(changes.get(2).operation()).isEqualTo(RowOperation.DELETE);
		assertThat(changes.get(2).before()).containsEntry("name", "b");
		assertThat(changes.get(2).after()).isNull();
		assertThat(changes.get(4).operation()).isEqualTo(RowOperation.INSERT);
		assertThat(changes.get(4).before()).isNull();
		assertThat(changes.get(4).after()).containsEntry("name", null)
			.containsEntry("created", Timestamp.from(Instant.parse("2026-11-22T10:15:00Z")));
	}

	@Test
	void differenceIsReadByColumnNamesAndByIndexes() throws SQLException {
		PointInTime from = update("INSERT INTO item (id, name, price) VALUES (1, 'a', 2)");
		update("UPDATE item SET name = 'b', price = NULL");
		List<String> rows = new ArrayList<>();
		this.timeTravel.<String>difference("item", from, PointInTime.now(),
				(row) -> row.getMetaData().getColumnCount() + " " + row.getMetaData().getColumnName(2) + " "
						+ row.getLong("ID") + " " + row.getString(2) + " " + row.getInt("price") + " " + row.wasNull()
						+ " " + row.getObject("name", String.class) + " " + row.findColumn("created"),
				(change) -> rows.addAll(List.of(change.before(), change.after())));
		assertThat(rows).containsExactly("4 name 1 a 2 false a 4", "4 name 1 b 0 true b 4");
	}

	@Test
	void columnThatTheTableDoesNotHaveIsAnError() throws SQLException {
		PointInTime from = update("INSERT INTO item (id) VALUES (1)");
		update("DELETE FROM item");
		for (RowReader<?> reader : List.<RowReader<?>>of((row) -> row.getObject("operation"), (row) -> row.getObject(5),
				(row) -> row.getObject(0), RowReaderThatMoves.INSTANCE)) {
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> this.timeTravel.difference("item", from, PointInTime.now(), reader, (change) -> {
				}));
		}
	}

	private enum RowReaderThatMoves implements RowReader<Object> {

		INSTANCE;

		@Override
		public Object read(java.sql.ResultSet row) throws SQLException {
			return row.next();
		}

	}

	@Test
	void equalPointsDoNotDiffer() throws SQLException {
		PointInTime point = update("INSERT INTO item (id) VALUES (1)");
		assertThat(difference("item", point, point)).isEmpty();
	}

	@Test
	void consumerThatThrowsEndsTheDifference() throws SQLException {
		PointInTime from = PointInTime.scn(this.timeTravel.currentScn());
		update("INSERT INTO item (id) VALUES (1), (2)");
		for (int i = 0; i < 20; i++) {
			assertThatIllegalStateException().isThrownBy(
					() -> this.timeTravel.difference("item", from, PointInTime.now(), RowReader.toMap(), (change) -> {
						throw new IllegalStateException("enough");
					}));
		}
		assertThat(this.dataSource.getDatabaseStatus().connections()).isLessThan(5);
	}

	@Test
	void differenceDoesNotWaitForAWriter() throws SQLException {
		PointInTime from = update("INSERT INTO item (id) VALUES (1)");
		update("DELETE FROM item");
		this.connection.setAutoCommit(false);
		Sql.update(this.connection, "INSERT INTO item (id) VALUES (2)");
		assertThat(difference("item", from, PointInTime.now())).hasSize(1);
		assertThat(versions("item", 1)).hasSize(2);
		this.connection.rollback();
	}

	@Test
	void rowsOfTablesOfAllKindsDiffer() throws SQLException {
		for (String table : List.of("a (k TEXT PRIMARY KEY, v)", "b (k TEXT PRIMARY KEY, v) WITHOUT ROWID", "c (k, v)",
				"d (k INT, v, s AS (k || v) STORED, g AS (v || k), PRIMARY KEY (v, k))")) {
			String name = table.substring(0, 1);
			update("CREATE TABLE " + table);
			PointInTime from = update("INSERT INTO " + name + " (k, v) VALUES (1, 'x'), (2, 'y')");
			update("UPDATE " + name + " SET v = 'z' WHERE k = 2");
			PointInTime to = update("DELETE FROM " + name + " WHERE k = 1");
			List<RowChange<Map<String, Object>>> changes = difference(name, from, to);
			assertThat(changes).as(table)
				.anySatisfy((change) -> assertThat(change.before()).isNotNull().containsEntry("v", "x"))
				.anySatisfy((change) -> assertThat(change.before()).isNotNull().containsEntry("v", "y"))
				.anySatisfy((change) -> assertThat(change.after()).isNotNull().containsEntry("v", "z"));
			if (name.equals("d")) {
				assertThat(changes)
					.anySatisfy((change) -> assertThat(change.after()).isNotNull().containsEntry("s", "2z"))
					.anySatisfy((change) -> assertThat(change.after()).isNotNull().containsEntry("g", "z2"));
			}
		}
	}

	@Test
	void keyOfAVersionMayBeARowid() throws SQLException {
		update("CREATE TABLE log (line TEXT)");
		update("INSERT INTO log VALUES ('a'), ('b')");
		update("UPDATE log SET line = 'c' WHERE line = 'b'");
		assertThat(versions("log", 2)).extracting((version) -> version.row().get("line")).containsExactly("b", "c");
	}

	/* Forgetting */

	@Test
	void erasedPointsCannotBeRead() throws SQLException {
		PointInTime erased = update("INSERT INTO item (id, name) VALUES (1, 'secret')");
		this.timeTravel.connect(erased).close();
		PointInTime kept = update("UPDATE item SET name = 'public'");
		update("INSERT INTO item (id, name) VALUES (2, 'later')");
		DataSource before = this.timeTravel.dataSource(erased);
		Connection inUse = before.getConnection();
		this.timeTravel.eraseBefore(kept);
		inUse.close();
		assertThatExceptionOfType(SQLException.class).isThrownBy(before::getConnection);
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.find("item", erased, 1))
			.withMessageContaining("oldest");
		Optional<Map<String, Object>> row = this.timeTravel.find("item", kept, 1);
		assertThat(row.orElseThrow()).containsEntry("name", "public");
		this.timeTravel.eraseAll();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.find("item", kept, 1));
		assertThat(this.timeTravel.find("item", PointInTime.now(), 2)).isPresent();
	}

	@Tag(Sql.PLAIN)
	@Test
	void erasedDataIsInNoFile() throws Exception {
		String secret = "the secret that is to be forgotten";
		for (int i = 0; i < 200; i++) {
			update("INSERT INTO item (name) VALUES (?)", secret + i);
			update("UPDATE item SET name = 'public' WHERE name = ?", secret + i);
		}
		assertThat(filesWith(secret)).isNotEmpty();
		update("VACUUM");
		this.timeTravel.eraseBefore(PointInTime.now());
		assertThat(filesWith(secret)).isEmpty();
		assertThat(Sql.number(this.connection, "SELECT count(*) FROM item WHERE name = 'public'")).isEqualTo(200);
	}

	private List<Path> filesWith(String text) throws IOException {
		List<Path> found = new ArrayList<>();
		try (Stream<Path> files = Files.list(this.directory)) {
			for (Path file : files.toList()) {
				if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
					found.add(file);
				}
			}
		}
		return found;
	}

}
