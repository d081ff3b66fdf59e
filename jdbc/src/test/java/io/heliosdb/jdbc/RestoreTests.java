package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for what {@link TimeTravel} brings back. */
class RestoreTests extends OnTimeTravel {

	RestoreTests() {
		super("?busy_timeout=20s");
	}

	private PointInTime update(String... statements) throws SQLException {
		for (String sql : statements) {
			Sql.update(this.connection, sql);
		}
		return PointInTime.scn(this.timeTravel.currentScn());
	}

	private List<List<Object>> rows(String sql) throws SQLException {
		return Sql.rows(this.connection, sql);
	}

	/* Rows */

	@ParameterizedTest
	@ValueSource(strings = { "(k INTEGER PRIMARY KEY, v TEXT)", "(k TEXT PRIMARY KEY, v TEXT)",
			"(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID", "(k INT, v TEXT)" })
	void rowIsWhatItWas(String columns) throws SQLException {
		PointInTime point = update("CREATE TABLE t " + columns, "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
		update("UPDATE t SET v = 'changed' WHERE k = 1", "DELETE FROM t WHERE k = 2", "INSERT INTO t VALUES (4, 'd')",
				"UPDATE t SET v = 'mine' WHERE k = 3");
		for (int key : new int[] { 1, 2, 4 }) {
			assertThat(this.timeTravel.restoreRow("t", point, key).rows()).isOne();
		}
		assertThat(rows("SELECT CAST(k AS INT), v FROM t ORDER BY 1")).containsExactly(List.of(1, "a"), List.of(2, "b"),
				List.of(3, "mine"));
	}

	@Test
	void rowThatIsAsItWasIsNotTouched() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 'a')");
		PointInTime before = update("INSERT INTO t VALUES (2, 'b')");
		Restoration restoration = this.timeTravel.restoreRow("t", point, 1);
		assertThat(restoration.rows()).isZero();
		assertThat(restoration.scn()).isEqualTo(restoration.previousScn());
		assertThat(this.timeTravel.currentScn()).isEqualTo(this.timeTravel.resolve(before));
	}

	@Test
	void rowsOfAConditionThatHoldsNowOrHeldThenAreWhatTheyWere() throws SQLException {
		PointInTime point = update("CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country TEXT)",
				"INSERT INTO city VALUES (1, 'Oslo', 'NO'), (2, 'Bergen', 'NO'), (3, 'Rome', 'IT'), (4, 'Bonn', 'DE')");
		update("UPDATE city SET country = 'XX' WHERE id = 1", "DELETE FROM city WHERE id = 2",
				"UPDATE city SET country = 'NO', name = 'Roma' WHERE id = 3",
				"UPDATE city SET name = 'Boon' WHERE id = 4", "INSERT INTO city VALUES (5, 'Nowhere', 'NO')");
		Restoration restoration = this.timeTravel.restoreRows("city", point, "country = ? -- Norway", List.of("NO"));
		assertThat(restoration.rows()).isEqualTo(4);
		assertThat(rows("SELECT id, name, country FROM city ORDER BY id")).containsExactly(List.of(1, "Oslo", "NO"),
				List.of(2, "Bergen", "NO"), List.of(3, "Rome", "IT"), List.of(4, "Boon", "DE"));
	}

	@Test
	void conditionThatIsNotValidChangesNothing() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
		update("DELETE FROM t");
		assertThatExceptionOfType(SQLException.class)
			.isThrownBy(() -> this.timeTravel.restoreRows("t", point, "nowhere = 1", List.of()))
			.extracting(SQLException::getSQLState)
			.isEqualTo("42S22");
		assertThat(rows("SELECT * FROM t")).isEmpty();
		assertThat(this.timeTravel.restoreTables(point, "t").rows()).isOne();
	}

	/* Tables */

	@Test
	void tableIsWhatItWas() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v)",
				"INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, x'0102'), (4, 1.5), (5, 1)");
		update("UPDATE t SET v = 'bad'", "DELETE FROM t WHERE k = 3", "INSERT INTO t VALUES (6, 'new')",
				"UPDATE t SET v = 1.0 WHERE k = 5");
		Restoration restoration = this.timeTravel.restoreTables(point, "t");
		assertThat(restoration.rows()).isEqualTo(6);
		assertThat(restoration.scn()).isEqualTo(restoration.previousScn() + 1).isEqualTo(this.timeTravel.currentScn());
		assertThat(rows("SELECT k, typeof(v), quote(v) FROM t ORDER BY k")).containsExactly(List.of(1, "text", "'a'"),
				List.of(2, "null", "NULL"), List.of(3, "blob", "X'0102'"), List.of(4, "real", "1.5"),
				List.of(5, "integer", "1"));
	}

	@Test
	void restoreIsUndoneByARestore() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 'a')");
		update("UPDATE t SET v = 'b'", "INSERT INTO t VALUES (2, 'c')");
		Restoration restoration = this.timeTravel.restoreTables(point, "t");
		assertThat(rows("SELECT k, v FROM t")).containsExactly(List.of(1, "a"));
		this.timeTravel.restoreTables(PointInTime.scn(restoration.previousScn()), "t");
		assertThat(rows("SELECT k, v FROM t ORDER BY k")).containsExactly(List.of(1, "b"), List.of(2, "c"));
	}

	@Test
	void rowsThatSwappedTheirUniqueValuesAreRestored() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v UNIQUE)",
				"INSERT INTO t VALUES (1, 'a'), (2, 'b')");
		update("UPDATE t SET v = 'x' WHERE k = 1", "UPDATE t SET v = 'a' WHERE k = 2",
				"UPDATE t SET v = 'b' WHERE k = 1");
		this.timeTravel.restoreTables(point, "t");
		assertThat(rows("SELECT k, v FROM t ORDER BY k")).containsExactly(List.of(1, "a"), List.of(2, "b"));
	}

	@Test
	void rowsWhoseKeysChangedAreRestored() throws SQLException {
		for (String end : List.of("", " WITHOUT ROWID")) {
			update("DROP TABLE IF EXISTS t");
			PointInTime point = update("CREATE TABLE t (k TEXT PRIMARY KEY COLLATE NOCASE, v)" + end,
					"INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)");
			update("UPDATE t SET k = 'A' WHERE v = 1", "UPDATE t SET k = 'x' WHERE v = 2", "DELETE FROM t WHERE v = 3",
					"INSERT INTO t VALUES ('C', 4)");
			this.timeTravel.restoreTables(point, "t");
			assertThat(rows("SELECT k, v FROM t ORDER BY v")).containsExactly(List.of("a", 1), List.of("b", 2),
					List.of("c", 3));
		}
	}

	@Test
	void rowsWithoutAnyKeyAreRestored() throws SQLException {
		PointInTime point = update("CREATE TABLE t (v)", "INSERT INTO t VALUES ('a'), ('a'), ('b'), (NULL)");
		update("DELETE FROM t WHERE rowid IN (1, 4)", "UPDATE t SET v = 'c' WHERE v = 'b'");
		this.timeTravel.restoreTables(point, "t");
		assertThat(rows("SELECT rowid, v FROM t WHERE v IS NOT NULL")).containsExactly(List.of(1, "a"), List.of(2, "a"),
				List.of(3, "b"));
		assertThat(rows("SELECT rowid FROM t WHERE v IS NULL")).containsExactly(List.of(4));
	}

	@Test
	void rowsWhoseKeyIsNullAreRestored() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k TEXT PRIMARY KEY, v)",
				"INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('a', 3)");
		update("DELETE FROM t WHERE v = 1", "INSERT INTO t VALUES (NULL, 4)", "UPDATE t SET v = 5 WHERE k = 'a'");
		this.timeTravel.restoreTables(point, "t");
		assertThat(rows("SELECT v FROM t ORDER BY v")).containsExactly(List.of(1), List.of(2), List.of(3));
	}

	@Test
	void generatedColumnsAreComputed() throws SQLException {
		PointInTime point = update(
				"CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT, s TEXT AS (v || '!') STORED, g TEXT AS (v || '?'))",
				"INSERT INTO t (k, v) VALUES (1, 'a')");
		update("UPDATE t SET v = 'b'");
		this.timeTravel.restoreTables(point, "t");
		assertThat(rows("SELECT k, v, s, g FROM t")).containsExactly(List.of(1, "a", "a!", "a?"));
	}

	@Test
	void fullTextIndexThatTriggersKeepStaysRight() throws SQLException {
		PointInTime point = update("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)",
				"CREATE VIRTUAL TABLE note_index USING fts5(text, content='note', content_rowid='id')",
				"CREATE TRIGGER note_insert AFTER INSERT ON note BEGIN "
						+ "INSERT INTO note_index (rowid, text) VALUES (new.id, new.text); END",
				"CREATE TRIGGER note_delete AFTER DELETE ON note BEGIN "
						+ "INSERT INTO note_index (note_index, rowid, text) VALUES ('delete', old.id, old.text); END",
				"CREATE TRIGGER note_update AFTER UPDATE ON note BEGIN "
						+ "INSERT INTO note_index (note_index, rowid, text) VALUES ('delete', old.id, old.text); "
						+ "INSERT INTO note_index (rowid, text) VALUES (new.id, new.text); END",
				"INSERT INTO note VALUES (1, 'the quick fox'), (2, 'a lazy dog')");
		update("UPDATE note SET text = 'nothing' WHERE id = 1", "DELETE FROM note WHERE id = 2");
		this.timeTravel.restoreTables(point, "note");
		assertThat(rows("SELECT rowid FROM note_index WHERE note_index MATCH 'fox'")).containsExactly(List.of(1));
		assertThat(rows("SELECT rowid FROM note_index WHERE note_index MATCH 'dog'")).containsExactly(List.of(2));
		assertThat(rows("SELECT rowid FROM note_index WHERE note_index MATCH 'nothing'")).isEmpty();
		update("INSERT INTO note_index (note_index) VALUES ('integrity-check')");
	}

	@Test
	void nextAutomaticKeyIsNotGivenAgain() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT, v)",
				"INSERT INTO t (v) VALUES ('a')");
		update("INSERT INTO t (v) VALUES ('b')");
		this.timeTravel.restoreTables(point, "t");
		update("INSERT INTO t (v) VALUES ('c')");
		assertThat(rows("SELECT k, v FROM t ORDER BY k")).containsExactly(List.of(1, "a"), List.of(3, "c"));
	}

	/* Foreign keys */

	private PointInTime world() throws SQLException {
		return update("CREATE TABLE region (code TEXT PRIMARY KEY, name TEXT)",
				"CREATE TABLE city (id INTEGER PRIMARY KEY, region TEXT NOT NULL REFERENCES region ON DELETE CASCADE)",
				"INSERT INTO region VALUES ('a', 'A'), ('b', 'B')", "INSERT INTO city VALUES (1, 'a'), (2, 'b')");
	}

	@Test
	void rowThatWouldLackItsParentIsNamedAndNothingChanges() throws SQLException {
		PointInTime point = world();
		update("INSERT INTO region VALUES ('c', 'C')", "INSERT INTO city VALUES (7, 'c')",
				"UPDATE region SET name = 'changed'");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreTables(point, "region"))
			.withMessageContaining("city row 7")
			.withMessageContaining("region")
			.extracting(SQLException::getSQLState)
			.isEqualTo("23503");
		assertThat(rows("SELECT DISTINCT name FROM region")).containsExactly(List.of("changed"));
		assertThat(this.timeTravel.restoreTables(point, "region", "city").rows()).isEqualTo(4);
	}

	@Test
	void rowWhoseParentIsGoneIsNotPutBackAlone() throws SQLException {
		PointInTime point = world();
		update("DELETE FROM region WHERE code = 'a'");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreRow("city", point, 1))
			.withMessageContaining("city row 1 → region");
		assertThat(rows("SELECT id FROM city")).containsExactly(List.of(2));
		this.timeTravel.restoreTables(point, "city", "region");
		assertThat(rows("SELECT id, region FROM city ORDER BY id")).containsExactly(List.of(1, "a"), List.of(2, "b"));
	}

	@Test
	void restoringAParentDoesNotDeleteItsChildren() throws SQLException {
		PointInTime point = world();
		update("UPDATE region SET name = 'changed'");
		this.timeTravel.restoreTables(point, "region");
		assertThat(rows("SELECT name FROM region ORDER BY 1")).containsExactly(List.of("A"), List.of("B"));
		assertThat(rows("SELECT count(*) FROM city")).containsExactly(List.of(2));
	}

	@Test
	void rowsThatLackedTheirParentBeforeDoNotMatter() throws SQLException {
		PointInTime point = world();
		update("PRAGMA foreign_keys=OFF", "INSERT INTO city VALUES (9, 'nowhere')", "PRAGMA foreign_keys=ON",
				"UPDATE region SET name = 'changed'");
		assertThat(this.timeTravel.restoreTables(point, "region").rows()).isEqualTo(2);
	}

	@Test
	void foreignKeysAreEnforcedAgainAfterwards() throws SQLException {
		PointInTime point = world();
		update("UPDATE region SET name = 'changed'");
		try (Connection only = this.dataSource.getConnection();
				TimeTravel pooled = new TimeTravel(new SingleConnectionDataSource(only, true))) {
			pooled.restoreTables(point, "region");
			assertThat(Sql.number(only, "PRAGMA foreign_keys")).isOne();
			assertThatExceptionOfType(SQLException.class)
				.isThrownBy(() -> pooled.restoreTables(PointInTime.oldest(), "region"));
			assertThat(Sql.number(only, "PRAGMA foreign_keys")).isOne();
			Sql.update(only, "PRAGMA foreign_keys=OFF");
			Sql.update(only, "DELETE FROM region");
			pooled.restoreRow("region", point, "a");
			assertThat(Sql.number(only, "PRAGMA foreign_keys")).isZero();
		}
	}

	/* What became of the table */

	@Test
	void droppedTableIsMadeAgainWithItsIndexesAndTriggers() throws SQLException {
		PointInTime point = update("CREATE TABLE log (line TEXT)",
				"CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT CHECK (v <> ''), u TEXT UNIQUE, "
						+ "g AS (v || u))",
				"CREATE INDEX t_v ON t (v) WHERE v > 'a'",
				"CREATE TRIGGER t_log AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.v); END",
				"INSERT INTO t (k, v, u) VALUES (1, 'a', 'x'), (2, 'b', 'y'), (9, 'c', 'z')",
				"DELETE FROM t WHERE k = 9", "DELETE FROM log");
		List<List<Object>> schema = rows(
				"SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 't' ORDER BY name");
		update("DROP TABLE t");
		Restoration restoration = this.timeTravel.restoreTables(point, "T");
		assertThat(restoration.rows()).isEqualTo(2);
		assertThat(rows("SELECT k, v, u, g FROM t ORDER BY k")).containsExactly(List.of(1, "a", "x", "ax"),
				List.of(2, "b", "y", "by"));
		assertThat(rows("SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = 't' ORDER BY name"))
			.isEqualTo(schema);
		assertThat(rows("SELECT * FROM log")).isEmpty();
		update("INSERT INTO t (v, u) VALUES ('d', 'w')");
		assertThat(rows("SELECT max(k) FROM t")).containsExactly(List.of(10));
		assertThat(rows("SELECT * FROM log")).containsExactly(List.of("d"));
	}

	@Test
	void droppedTableThatWasEmptyIsMadeAgain() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY)");
		update("DROP TABLE t");
		Restoration restoration = this.timeTravel.restoreTables(point, "t");
		assertThat(restoration.rows()).isZero();
		assertThat(restoration.scn()).isEqualTo(this.timeTravel.currentScn());
		assertThat(rows("SELECT count(*) FROM t")).containsExactly(List.of(0));
	}

	@Test
	void tableThatWasAlteredIsRefusedWithWhatDiffers() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b TEXT)",
				"INSERT INTO t VALUES (1, 'a', 'b')");
		update("ALTER TABLE t DROP COLUMN b", "ALTER TABLE t ADD COLUMN c INT");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreTables(point, "t"))
			.withMessageContaining("it had b TEXT")
			.withMessageContaining("it now has c INT")
			.withMessageContaining("whole database")
			.withMessageContaining("AS OF SCN");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreRow("t", point, 1))
			.withMessageContaining("it had b TEXT");
	}

	@Test
	void rowOfATableThatWasDroppedIsRefused() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
		update("DROP TABLE t");
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreRow("t", point, 1))
			.withMessageContaining("restore the table");
	}

	@Test
	void whatIsNoTableIsRefused() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT)",
				"CREATE VIEW v AS SELECT * FROM t", "CREATE VIRTUAL TABLE f USING fts5(text)");
		for (String name : List.of("v", "f", "f_data", "sqlite_sequence")) {
			assertThatExceptionOfType(SQLException.class).as(name)
				.isThrownBy(() -> this.timeTravel.restoreTables(point, name))
				.withMessageContaining("whole database");
		}
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.timeTravel.restoreTables(point, "nowhere"))
			.extracting(SQLException::getSQLState)
			.isEqualTo("42S02");
	}

	/* The database */

	@Test
	void databaseIsWhatItWas() throws SQLException {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v)", "CREATE TABLE gone (k)",
				"CREATE VIEW v AS SELECT k FROM t", "INSERT INTO t VALUES (1, 'a')", "INSERT INTO gone VALUES (1)");
		List<List<Object>> schema = rows("SELECT type, name, sql FROM sqlite_schema ORDER BY name");
		update("ALTER TABLE t ADD COLUMN w", "UPDATE t SET v = 'b', w = 1", "DROP TABLE gone", "DROP VIEW v",
				"CREATE TABLE made (k)");
		Restoration restoration = this.timeTravel.restoreDatabase(point);
		assertThat(restoration.scn()).isEqualTo(restoration.previousScn() + 1).isEqualTo(this.timeTravel.currentScn());
		assertThat(restoration.rows()).isEqualTo(-1);
		assertThat(rows("SELECT type, name, sql FROM sqlite_schema ORDER BY name")).isEqualTo(schema);
		assertThat(rows("SELECT * FROM t")).containsExactly(List.of(1, "a"));
		assertThat(rows("SELECT * FROM gone")).containsExactly(List.of(1));
		assertThat(rows("PRAGMA integrity_check")).containsExactly(List.of("ok"));
		this.timeTravel.restoreDatabase(PointInTime.scn(restoration.previousScn()));
		assertThat(rows("SELECT * FROM t")).containsExactly(List.of(1, "b", 1));
		assertThat(rows("SELECT count(*) FROM made")).containsExactly(List.of(0));
	}

	@Test
	void restoreWaitsForItsTurnToWrite() throws Exception {
		PointInTime point = update("CREATE TABLE t (k INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 'a')");
		for (boolean wholeDatabase : new boolean[] { false, true }) {
			this.connection.setAutoCommit(false);
			Sql.update(this.connection, "UPDATE t SET v = 'b'");
			Background<Restoration> restore = Background
				.start(() -> wholeDatabase ? this.timeTravel.restoreDatabase(point)
						: this.timeTravel.restoreTables(point, "t"))
				.awaitWaitingForWriter();
			this.connection.commit();
			this.connection.setAutoCommit(true);
			restore.result();
			assertThat(rows("SELECT v FROM t")).containsExactly(List.of("a"));
		}
	}

	/* Against a model */

	private record Kind(String name, String create, String key) {
	}

	@Test
	void everyPointOfARandomHistoryCanBeComparedAndRestored() throws SQLException {
		List<Kind> kinds = List.of(new Kind("a", "CREATE TABLE a (k INTEGER PRIMARY KEY, v, w TEXT)", "k"),
				new Kind("b", "CREATE TABLE b (v, k TEXT PRIMARY KEY, w TEXT)", "k"),
				new Kind("c", "CREATE TABLE c (k TEXT PRIMARY KEY, v, w TEXT) WITHOUT ROWID", "k"),
				new Kind("d", "CREATE TABLE d (v, w TEXT)", "rowid"));
		for (Kind kind : kinds) {
			update(kind.create(), "CREATE INDEX " + kind.name() + "_v ON " + kind.name() + " (v)");
		}
		long first = this.timeTravel.currentScn();
		Random random = new Random(20261122);
		List<Map<String, Map<String, List<Object>>>> states = new ArrayList<>();
		states.add(content(kinds));
		for (int i = 0; i < 150; i++) {
			change(kinds.get(random.nextInt(kinds.size())), random);
			states.add(content(kinds));
			assertThat(this.timeTravel.currentScn()).isEqualTo(first + i + 1);
		}
		for (int i = 0; i < 60; i++) {
			int from = random.nextInt(states.size());
			int to = from + random.nextInt(states.size() - from);
			for (Kind kind : kinds) {
				List<List<Object>> rows = new ArrayList<>(states.get(from).get(kind.name()).values());
				this.timeTravel.difference(kind.name(), PointInTime.scn(first + from), PointInTime.scn(first + to),
						RestoreTests::values, (change) -> {
							assertThat(change.before()).isNotEqualTo(change.after());
							assertThat(change.before() == null || rows.remove(change.before())).isTrue();
							if (change.after() != null) {
								rows.add(change.after());
							}
						});
				assertThat(rows).as("%s from %d to %d", kind, from, to)
					.containsExactlyInAnyOrderElementsOf(states.get(to).get(kind.name()).values());
			}
		}
		for (int i = 0; i < 30; i++) {
			int point = random.nextInt(states.size());
			this.timeTravel.restoreTables(PointInTime.scn(first + point), "a", "b", "c", "d");
			assertThat(content(kinds)).as("restored to %d", point).isEqualTo(states.get(point));
			change(kinds.get(random.nextInt(kinds.size())), random);
		}
		assertThat(rows("PRAGMA integrity_check")).containsExactly(List.of("ok"));
	}

	/** One commit. */
	private void change(Kind kind, Random random) throws SQLException {
		String table = kind.name();
		this.connection.setAutoCommit(false);
		switch (random.nextInt(4)) {
			case 0 -> Sql.update(this.connection, "DELETE FROM " + table + " WHERE " + kind.key() + " IN (SELECT "
					+ kind.key() + " FROM " + table + " LIMIT " + (1 + random.nextInt(3)) + ")");
			case 1 -> Sql.update(this.connection, "UPDATE " + table + " SET v = ?, w = w || 'x'", random.nextInt());
			default -> {
			}
		}
		Sql.update(this.connection, "INSERT OR REPLACE INTO " + table + " (" + kind.key() + ", v, w) VALUES (?, ?, ?)",
				random.nextInt(40), (random.nextInt(3) != 0) ? random.nextInt() : null,
				"w".repeat(random.nextInt(300)));
		this.connection.commit();
		this.connection.setAutoCommit(true);
	}

	private static List<Object> values(ResultSet row) throws SQLException {
		return Arrays.asList(row.getObject("v"), row.getObject("w"));
	}

	/** Rows by the text of their key. */
	private Map<String, Map<String, List<Object>>> content(List<Kind> kinds) throws SQLException {
		Map<String, Map<String, List<Object>>> content = new TreeMap<>();
		for (Kind kind : kinds) {
			Map<String, List<Object>> rows = new TreeMap<>();
			for (List<Object> row : rows("SELECT " + kind.key() + ", v, w FROM " + kind.name())) {
				rows.put(row.get(0).toString(), row.subList(1, 3));
			}
			content.put(kind.name(), rows);
		}
		return content;
	}

}
