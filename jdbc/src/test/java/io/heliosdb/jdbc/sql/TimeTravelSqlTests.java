package io.heliosdb.jdbc.sql;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.heliosdb.jdbc.sql.TimeTravelSql.Kind;
import io.heliosdb.jdbc.sql.TimeTravelSql.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** How statements that look at the past are read, and that all others are left alone. */
class TimeTravelSqlTests {

	private static TimeTravelSql parse(String sql) throws StatementSyntaxException {
		assertThat(TimeTravelSql.mayApply(sql)).isTrue();
		return TimeTravelSql.parse(sql);
	}

	/**
	 * The statement with {@code past.
	 *
	<table>
	 * } for each table that has a point.
	 */
	private static String translate(String sql) throws StatementSyntaxException {
		TimeTravelSql statement = parse(sql);
		return statement.translate(statement.references()
			.stream()
			.map((reference) -> (reference.isVersions() ? "versions" : "past") + ".\"" + reference.table() + '"')
			.toList());
	}

	private static Point point(String sql) throws StatementSyntaxException {
		return parse(sql).references().get(0).points().get(0);
	}

	@ParameterizedTest
	@CsvSource(delimiterString = " => ", quoteCharacter = '~', value = {
			"SELECT * FROM t AS OF SCN 42 => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM t AS OF SCN 42 o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF SCN 42 AS o => SELECT * FROM past.t AS o",
			"SELECT * FROM t AS OF SCN 42 \"o\" WHERE o.a => SELECT * FROM past.t \"o\" WHERE o.a",
			"SELECT * FROM t AS OF SCN 42 'o' WHERE o.a => SELECT * FROM past.t 'o' WHERE o.a",
			"SELECT * FROM t AS OF TRANSACTION 42 WHERE a => SELECT * FROM past.t AS \"t\" WHERE a",
			"SELECT * FROM t AS OF NOW WHERE a => SELECT * FROM past.t AS \"t\" WHERE a",
			"SELECT * FROM t AS OF TAG 'x' o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF TAG 'it''s' => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM t AS OF TIMESTAMP '2026-11-22' o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF TIMESTAMP CURRENT_TIMESTAMP o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF TIMESTAMP datetime('now', '-5 minutes') o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF TIMESTAMP (SELECT max(x) FROM u) o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF TIMESTAMP '2026-11-22' || 'T10:00' o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF SCN heliosdb_scn() - 5 o => SELECT * FROM past.t o",
			"SELECT * FROM t AS OF SCN - -4 + (2 * 3) % 9 JOIN u USING (a) "
					+ "=> SELECT * FROM past.t AS \"t\" JOIN u USING (a)",
			"SELECT * FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '2026-11-22' o => SELECT * FROM past.t o",
			"SELECT * FROM t FOR SYSTEM_TIME AS OF '2026-11-22' => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM t FOR SYSTEM_TIME AS OF SCN 4 => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM t FOR SYSTEM_TIME AS OF NOW => SELECT * FROM past.t AS \"t\"",
			"select*from[t]as/**/of/*x*/scn(42) o => select*from past.t o",
			"SELECT * FROM main.t AS OF SCN 1 => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM \"main\" . `t` AS OF SCN 1 => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM 't' AS OF SCN 1 => SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM t AS OF SCN 1, t AS OF SCN 2 b, u => SELECT * FROM past.t AS \"t\", past.t b, u",
			"SELECT * FROM t AS OF SCN 1 NATURAL LEFT JOIN u AS OF SCN 2 ON a = b "
					+ "=> SELECT * FROM past.t AS \"t\" NATURAL LEFT JOIN past.u AS \"u\" ON a = b",
			"SELECT * FROM t AS OF SCN 1 CROSS JOIN u, v AS OF SCN 2 WHERE 1 "
					+ "=> SELECT * FROM past.t AS \"t\" CROSS JOIN u, past.v AS \"v\" WHERE 1",
			"SELECT * FROM (t AS OF SCN 1 JOIN u AS OF SCN 2 USING (a)) x "
					+ "=> SELECT * FROM (past.t AS \"t\" JOIN past.u AS \"u\" USING (a)) x",
			"SELECT * FROM (SELECT * FROM t AS OF SCN 1) => SELECT * FROM (SELECT * FROM past.t AS \"t\")",
			"SELECT (SELECT a FROM t AS OF SCN 1) FROM u => SELECT (SELECT a FROM past.t AS \"t\") FROM u",
			"SELECT 1 WHERE EXISTS (SELECT 1 FROM t AS OF SCN 1 WHERE a = 1) "
					+ "=> SELECT 1 WHERE EXISTS (SELECT 1 FROM past.t AS \"t\" WHERE a = 1)",
			"WITH c AS (SELECT * FROM t AS OF SCN 1) SELECT * FROM c "
					+ "=> WITH c AS (SELECT * FROM past.t AS \"t\") SELECT * FROM c",
			"SELECT a FROM t AS OF SCN 1 UNION ALL SELECT a FROM t AS OF SCN 2 EXCEPT SELECT a FROM t "
					+ "=> SELECT a FROM past.t AS \"t\" UNION ALL SELECT a FROM past.t AS \"t\" EXCEPT SELECT a FROM t",
			"SELECT * FROM t AS OF SCN 1 INDEXED BY i WHERE a => SELECT * FROM past.t AS \"t\" INDEXED BY i WHERE a",
			"SELECT * FROM t AS OF SCN 1 NOT INDEXED => SELECT * FROM past.t AS \"t\" NOT INDEXED",
			"SELECT * FROM t AS OF SCN 1 GROUP BY a HAVING b ORDER BY c LIMIT 1 "
					+ "=> SELECT * FROM past.t AS \"t\" GROUP BY a HAVING b ORDER BY c LIMIT 1",
			"SELECT sum(a) OVER w FROM t AS OF SCN 1 WINDOW w AS (ORDER BY a) "
					+ "=> SELECT sum(a) OVER w FROM past.t AS \"t\" WINDOW w AS (ORDER BY a)",
			"SELECT * FROM t AS OF SCN 1 window WHERE a => SELECT * FROM past.t window WHERE a",
			"INSERT INTO t SELECT * FROM t AS OF TAG 'x' WHERE id = 7 "
					+ "=> INSERT INTO t SELECT * FROM past.t AS \"t\" WHERE id = 7",
			"INSERT INTO t SELECT * FROM t AS OF SCN 1 WHERE 1 ON CONFLICT DO UPDATE SET a = 1 RETURNING a "
					+ "=> INSERT INTO t SELECT * FROM past.t AS \"t\" WHERE 1 ON CONFLICT DO UPDATE SET a = 1 RETURNING a",
			"INSERT INTO t SELECT * FROM t AS OF SCN 1 RETURNING a "
					+ "=> INSERT INTO t SELECT * FROM past.t AS \"t\" RETURNING a",
			"CREATE TABLE n AS SELECT * FROM t AS OF SCN 1 => CREATE TABLE n AS SELECT * FROM past.t AS \"t\"",
			"UPDATE t SET a = p.a, b = 2 FROM t AS OF SCN 1 p WHERE t.id = p.id "
					+ "=> UPDATE t SET a = p.a, b = 2 FROM past.t p WHERE t.id = p.id",
			"DELETE FROM t WHERE id NOT IN (SELECT id FROM t AS OF SCN 1) "
					+ "=> DELETE FROM t WHERE id NOT IN (SELECT id FROM past.t AS \"t\")",
			"EXPLAIN QUERY PLAN SELECT * FROM t AS OF SCN 1 => EXPLAIN QUERY PLAN SELECT * FROM past.t AS \"t\"",
			"SELECT * FROM u WHERE a IS DISTINCT FROM (SELECT b FROM t AS OF SCN 1) "
					+ "=> SELECT * FROM u WHERE a IS DISTINCT FROM (SELECT b FROM past.t AS \"t\")",
			"SELECT * FROM of AS OF SCN 1 AS scn, tag AS OF TAG 'of' tag, timestamp AS of "
					+ "=> SELECT * FROM past.of AS scn, past.tag tag, timestamp AS of",
			"SELECT * FROM t VERSIONS BETWEEN SCN 1 AND SCN 9 WHERE id = 7 "
					+ "=> SELECT * FROM versions.t AS \"t\" WHERE id = 7",
			"SELECT * FROM t VERSIONS BETWEEN SCN 1 AND 9 v => SELECT * FROM versions.t v",
			"SELECT * FROM t VERSIONS BETWEEN TIMESTAMP '2026-11-22' AND TIMESTAMP '2026-11-23' AS v "
					+ "=> SELECT * FROM versions.t AS v",
			"SELECT * FROM t VERSIONS BETWEEN SCN MINVALUE AND MAXVALUE => SELECT * FROM versions.t AS \"t\"",
			"SELECT * FROM t VERSIONS BETWEEN TAG 'a' AND NOW => SELECT * FROM versions.t AS \"t\"",
			"SELECT 'FROM t AS OF SCN 1', \"AS OF SCN\" /* FROM t AS OF SCN 1 */ FROM t AS OF SCN 2 "
					+ "=> SELECT 'FROM t AS OF SCN 1', \"AS OF SCN\" /* FROM t AS OF SCN 1 */ FROM past.t AS \"t\"",
			"; ;SELECT * FROM t AS OF SCN 1; => SELECT * FROM past.t AS \"t\"",
			"PRAGMA heliosdb_scn => SELECT heliosdb_scn() AS heliosdb_scn",
			"pragma main.HeliosDB_SCN ; => SELECT heliosdb_scn() AS heliosdb_scn",
			"PRAGMA heliosdb_tag = 'it''s' => SELECT heliosdb_tag('it''s') AS heliosdb_tag",
			"PRAGMA heliosdb_tag('x') => SELECT heliosdb_tag('x') AS heliosdb_tag",
			"PRAGMA heliosdb_tag = release => SELECT heliosdb_tag('release') AS heliosdb_tag",
			"PRAGMA heliosdb_tag = \"x\" => SELECT heliosdb_tag('x') AS heliosdb_tag",
			"PRAGMA heliosdb_tag = ? => SELECT heliosdb_tag(?1) AS heliosdb_tag",
			"PRAGMA heliosdb_untag = 'x' => SELECT heliosdb_untag('x') AS heliosdb_untag" })
	void translation(String sql, String expected) throws StatementSyntaxException {
		assertThat(translate(sql)).isEqualTo(expected.replaceAll("(past|versions)\\.(\\w+)", "$1.\"$2\""));
	}

	@Test
	void pointsOfAllKinds() throws StatementSyntaxException {
		assertThat(point("SELECT * FROM t AS OF SCN 42")).isEqualTo(new Point(Kind.SCN, "42", List.of(), 42L));
		assertThat(point("SELECT * FROM t AS OF TRANSACTION 42").kind()).isEqualTo(Kind.SCN);
		assertThat(point("SELECT * FROM t AS OF NOW")).isEqualTo(new Point(Kind.NOW, null, List.of(), null));
		assertThat(point("SELECT * FROM t AS OF TAG 'it''s' o").constant()).isEqualTo("it's");
		assertThat(point("SELECT * FROM t AS OF TIMESTAMP '2026-11-22' o").constant()).isEqualTo("2026-11-22");
		assertThat(point("SELECT * FROM t AS OF SCN - 42").constant()).isNull();
		assertThat(point("SELECT * FROM t AS OF SCN - 42").operand()).isEqualTo("- 42");
		assertThat(point("SELECT * FROM t AS OF TIMESTAMP datetime('now', /* ) */ '-1 day') o").operand())
			.isEqualTo("datetime('now', /* ) */ '-1 day')");
		assertThat(parse("SELECT * FROM t VERSIONS BETWEEN SCN MINVALUE AND 9").references().get(0).points())
			.containsExactly(new Point(Kind.OLDEST, null, List.of(), null), new Point(Kind.SCN, "9", List.of(), 9L));
	}

	@Test
	void parametersOfPointsAreTakenOutAndTheOthersKeepTheirValues() throws StatementSyntaxException {
		TimeTravelSql statement = parse(
				"SELECT ?, :name FROM t AS OF SCN ? JOIN u AS OF TIMESTAMP :name || ?2 WHERE a = ? AND b = ?2 AND c = ?9");
		assertThat(statement.translate(List.of("p", "q")))
			.isEqualTo("SELECT ?1, ?2 FROM p AS \"t\" JOIN q AS \"u\" WHERE a = ?3 AND b = ?2 AND c = ?4");
		assertThat(statement.bindings()).containsExactly(1, 2, 4, 9);
		assertThat(statement.parameterCount()).isEqualTo(9);
		Point first = statement.references().get(0).points().get(0);
		assertThat(first.isParameter()).isTrue();
		assertThat(first.bindings()).containsExactly(3);
		Point second = statement.references().get(1).points().get(0);
		assertThat(second.isParameter()).isFalse();
		assertThat(second.operand()).isEqualTo("?1 || ?1");
		assertThat(second.bindings()).containsExactly(2);
	}

	@Test
	void statementsBehindItAreLeftForLater() throws StatementSyntaxException {
		assertThat(parse("SELECT * FROM t AS OF SCN 1; SELECT ';'").rest()).isEqualTo(" SELECT ';'");
		assertThat(parse("SELECT * FROM t AS OF SCN 1 ; -- ;").rest()).isNull();
		assertThat(parse("SELECT ';' FROM t AS OF SCN 1").rest()).isNull();
		assertThat(TimeTravelSql.parse("SELECT 1; SELECT * FROM t AS OF SCN 1")).isNull();
	}

	@Test
	void namesWithoutPointsAreKnown() throws StatementSyntaxException {
		assertThat(parse("WITH c AS (SELECT 1), d(x) AS NOT MATERIALIZED (SELECT 2) "
				+ "INSERT INTO Z SELECT * FROM T AS OF SCN 1, U, main.v, \"W w\" x, c JOIN d, json_each('[]') f, "
				+ "(SELECT * FROM y)")
			.presentTables()).containsExactlyInAnyOrder("u", "w w", "y", "z");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "SELECT * FROM t AS OF SCN | number is expected",
			"SELECT * FROM t AS OF SCN WHERE a | number is expected", "SELECT * FROM t AS OF TAG x | tag's name",
			"SELECT * FROM t AS OF TIMESTAMP, u | time is expected", "SELECT * FROM t AS OF TIMESTAMP now | time is",
			"SELECT * FROM t AS OF SCN (1 | not closed", "SELECT * FROM t AS OF SCN 1 + | number is expected",
			"SELECT * FROM t AS OF '2026-11-22' | TIMESTAMP, SCN, TRANSACTION or TAG",
			"SELECT * FROM t AS OF ? | TIMESTAMP, SCN, TRANSACTION or TAG",
			"SELECT * FROM t VERSIONS BETWEEN 1 AND 2 | TIMESTAMP, SCN, TRANSACTION, TAG or NOW",
			"SELECT * FROM t VERSIONS BETWEEN SCN 1 | two points", "SELECT * FROM t VERSIONS BETWEEN SCN 1, 2 | two",
			"SELECT * FROM t VERSIONS BETWEEN SCN 1 AND | number is expected",
			"SELECT * FROM other.t AS OF SCN 1 | schema main", "SELECT * FROM temp.t AS OF SCN 1 | schema main",
			"INSERT INTO t AS OF SCN 1 VALUES (1) | past cannot be written",
			"REPLACE INTO main.t AS OF TAG 'x' VALUES (1) | past cannot be written",
			"UPDATE t AS OF SCN 1 SET a = 1 | past cannot be written",
			"UPDATE OR IGNORE t VERSIONS BETWEEN SCN 1 AND 2 SET a = 1 | past cannot be written",
			"DELETE FROM t FOR SYSTEM_TIME AS OF NOW WHERE a = 1 | past cannot be written",
			"CREATE VIEW v AS SELECT * FROM t AS OF SCN 1 | view cannot hold a point",
			"CREATE TEMP VIEW v AS SELECT * FROM t AS OF SCN 1 | view cannot hold a point",
			"PRAGMA heliosdb_tag | needs a tag's name", "PRAGMA heliosdb_tag = | needs a tag's name",
			"PRAGMA heliosdb_tag = 'a' 'b' | needs a tag's name", "PRAGMA heliosdb_scn = 4 | cannot be set" })
	void whatHasNoMeaningIsSaid(String sql, String message) {
		assertThatExceptionOfType(StatementSyntaxException.class).isThrownBy(() -> TimeTravelSql.parse(sql))
			.withMessageContaining(message)
			.withMessageContaining(" of: " + sql + ")");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT a AS of FROM t", "SELECT a AS of, b AS scn FROM t AS of",
			"SELECT * FROM t AS of, t AS scn", "SELECT * FROM t AS of WHERE of.a = 1",
			"SELECT * FROM t AS of JOIN t AS tag", "SELECT of.a FROM t AS of LEFT JOIN t AS now",
			"SELECT a timestamp FROM t AS of ORDER BY timestamp", "SELECT CAST(a AS of timestamp) FROM t",
			"SELECT CAST(a IS DISTINCT FROM b AS of scn) FROM t",
			"SELECT * FROM t WHERE CAST(a AS of tag) IN (SELECT b AS of FROM t)", "SELECT 'FROM t AS OF SCN 1'",
			"SELECT 1 -- FROM t AS OF SCN 1", "SELECT 1 /* FROM t AS OF SCN 1 */", "SELECT * FROM \"t AS OF SCN 1\"",
			"SELECT * FROM [t AS OF SCN 1]", "SELECT * FROM t versions",
			"SELECT * FROM t AS versions WHERE a BETWEEN 1 AND 2", "SELECT a versions, b BETWEEN 1 AND 2 FROM t",
			"SELECT * FROM t AS for", "SELECT * FROM t for",
			"CREATE TRIGGER g AFTER UPDATE OF a, b ON t BEGIN SELECT a AS of FROM t; END",
			"CREATE TRIGGER g UPDATE OF a ON t BEGIN UPDATE t SET a = 1; SELECT 1; END; SELECT * FROM t AS OF SCN 1",
			"CREATE TABLE of (scn, tag, timestamp AS (scn + 1), versions)", "INSERT INTO t AS of VALUES (1)",
			"UPDATE t AS of SET a = 1 WHERE of.b = 2", "DELETE FROM t AS of WHERE of.a = 1",
			"SELECT * FROM heliosdb_commits", "PRAGMA table_info(of)", "PRAGMA heliosdb_other",
			"PRAGMA other.heliosdb_scn", "SELECT heliosdb_scn() AS of", "SELECT a FROM t ORDER BY 1, of LIMIT 1, 2",
			"WITH of AS (SELECT 1) SELECT * FROM of", "ALTER TABLE t RENAME TO of", "SELECT @of, :versions, $heliosdb_",
			"", ";", "--of", "of", "FROM", "SELECT * FROM", "SELECT * FROM (", "SELECT * FROM t AS OF", ")", "CREATE",
			"PRAGMA", "EXPLAIN", "UPDATE OR", "UPDATE", "INSERT INTO", "'of" })
	void whatSqliteKnowsIsLeftAlone(String sql) throws StatementSyntaxException {
		assertThat(TimeTravelSql.parse(sql)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT * FROM orders", "SELECT offset, profile FROM soft", "SELECT o,f FROM t",
			"SELECT version FROM helios", "SELECT xof FROM t", "SELECT of1 FROM t", "SELECT _of FROM t" })
	void mostStatementsNeedNoSecondLook(String sql) {
		assertThat(TimeTravelSql.mayApply(sql)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "of", "SELECT * FROM t AS OF SCN 1", "x as\nof now", "versions between", "heliosdb_scn",
			"PRAGMA HELIOSDB_TAG('x')", "(of)", "a.of" })
	void wordsOfThePastAreSeen(String sql) {
		assertThat(TimeTravelSql.mayApply(sql)).isTrue();
	}

	/**
	 * Statements that SQLite itself accepts, made of names that have a meaning here, are
	 * left as they are.
	 */
	@Test
	void whateverStockSqliteAcceptsIsLeftAlone() throws Exception {
		Random random = new Random(3);
		int accepted = 0;
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite::memory:");
				Statement statement = stock.createStatement()) {
			for (String table : Generator.NAMES) {
				statement.execute("CREATE TABLE " + table + " (" + String.join(", ", Generator.NAMES) + ")");
			}
			for (int i = 0; i < 20_000; i++) {
				String sql = new Generator(random).statement();
				if (isAccepted(stock, sql)) {
					accepted++;
					assertThat(TimeTravelSql.parse(sql)).as(sql).isNull();
				}
			}
		}
		assertThat(accepted).isGreaterThan(5_000);
	}

	private static boolean isAccepted(Connection stock, String sql) {
		try {
			stock.prepareStatement(sql).close();
			return true;
		}
		catch (SQLException ex) {
			return false;
		}
	}

	/**
	 * With points in some of its tables, and these tables put in their places again, a
	 * statement is the one without points.
	 */
	@Test
	void translationChangesNothingElse() throws Exception {
		Random random = new Random(5);
		int compared = 0;
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite::memory:");
				Statement statement = stock.createStatement()) {
			for (String table : Generator.NAMES) {
				statement.execute("CREATE TABLE " + table + " (" + String.join(", ", Generator.NAMES) + ")");
				statement.execute("INSERT INTO " + table + " SELECT "
						+ String.join(", ", Generator.NAMES.stream().map((name) -> "'" + table + name + "'").toList()));
			}
			for (int i = 0; i < 4_000; i++) {
				String pattern = new Generator(random, " <past>").select(2);
				String plain = pattern.replace(" <past>", "");
				if (!pattern.contains("<past>") || !isAccepted(stock, plain)) {
					continue;
				}
				String sql = pattern;
				while (sql.contains("<past>")) {
					sql = sql.replaceFirst("<past>", Generator.POINTS.get(random.nextInt(Generator.POINTS.size())));
				}
				TimeTravelSql parsed = TimeTravelSql.parse(sql);
				String translated = parsed.translate(
						parsed.references().stream().map((reference) -> "main.\"" + reference.table() + "\"").toList());
				assertThat(rows(statement, translated)).as(sql).isEqualTo(rows(statement, plain));
				compared++;
			}
		}
		assertThat(compared).isGreaterThan(500);
	}

	private static List<String> rows(Statement statement, String sql) throws SQLException {
		List<String> rows = new ArrayList<>();
		try (ResultSet result = statement.executeQuery(sql)) {
			while (result.next()) {
				StringBuilder row = new StringBuilder();
				for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
					row.append(result.getString(i)).append(' ');
				}
				rows.add(row.toString());
			}
		}
		return rows;
	}

	/** Makes statements at random, most of which SQLite accepts. */
	private static final class Generator {

		static final List<String> NAMES = List.of("of", "scn", "tag", "timestamp", "now", "versions", "for",
				"system_time", "heliosdb_scn", "t");

		static final List<String> POINTS = List.of("AS OF SCN 4", "AS OF NOW", "AS OF TAG 'of'",
				"AS OF TRANSACTION (4)", "AS OF TIMESTAMP datetime('now', '-1 day')",
				"FOR SYSTEM_TIME AS OF '2026-11-22'", "as of scn 4 + 4", "AS OF TIMESTAMP '2026-11-22' || '10:00'",
				"as\nof--\n/* */scn 4");

		private final Random random;

		/** What may follow a table's name. */
		private final String past;

		Generator(Random random) {
			this(random, "");
		}

		Generator(Random random, String past) {
			this.random = random;
			this.past = past;
		}

		private String any(String... choices) {
			return choices[this.random.nextInt(choices.length)];
		}

		private String name() {
			String name = NAMES.get(this.random.nextInt(NAMES.size()));
			return any(name, name, name.toUpperCase(java.util.Locale.ROOT), "\"" + name + "\"", "[" + name + "]",
					"`" + name + "`");
		}

		private String space() {
			return any(" ", " ", " ", "\n", " /* AS OF SCN 1 */ ", " -- FROM t AS OF NOW\n");
		}

		private String alias() {
			return any("", " AS" + space() + name(), " " + name());
		}

		private String table(int depth) {
			if (depth > 0 && this.random.nextInt(4) == 0) {
				return "(" + select(depth - 1) + ")" + alias();
			}
			if (depth > 0 && this.random.nextInt(6) == 0) {
				return "(" + from(depth - 1) + ")";
			}
			String name = any("", "", "main.") + name();
			return name + ((this.random.nextInt(2) == 0) ? this.past : "") + alias();
		}

		private String from(int depth) {
			StringBuilder from = new StringBuilder(table(depth));
			while (this.random.nextInt(3) == 0) {
				from.append(any(",", " JOIN", " CROSS JOIN", " LEFT JOIN", " NATURAL JOIN"))
					.append(space())
					.append(table(depth));
				if (this.random.nextInt(3) == 0) {
					from.append(" ON ").append(expression(0));
				}
			}
			return from.toString();
		}

		private String expression(int depth) {
			return switch (this.random.nextInt((depth > 0) ? 9 : 5)) {
				case 0, 1 -> name();
				case 2 -> "'AS OF SCN 1'";
				case 3 -> "1 BETWEEN " + name() + " AND 2";
				case 4 -> "CAST(" + name() + " AS" + space() + any("of timestamp", "of scn", "text", "of now") + ")";
				case 5 -> "(" + select(depth - 1) + " LIMIT 1)";
				case 6 -> expression(depth - 1) + " IS" + any("", " NOT") + " DISTINCT FROM " + expression(depth - 1);
				case 7 -> "EXISTS (" + select(depth - 1) + ")";
				default -> name() + " IN (" + select(depth - 1) + ")";
			};
		}

		String select(int depth) {
			StringBuilder sql = new StringBuilder("SELECT ").append(expression(depth)).append(alias());
			if (this.random.nextInt(2) == 0) {
				sql.append(", ").append(expression(depth)).append(alias());
			}
			sql.append(space()).append("FROM").append(space()).append(from(depth));
			if (this.random.nextInt(3) == 0) {
				sql.append(space()).append("WHERE ").append(expression(depth));
			}
			if (this.random.nextInt(5) == 0) {
				sql.append(" GROUP BY 1, ").append(name());
			}
			if (depth > 0 && this.random.nextInt(5) == 0) {
				sql.append(" UNION ALL ").append(select(depth - 1));
			}
			return sql.toString();
		}

		String statement() {
			return switch (this.random.nextInt(9)) {
				case 0 -> "INSERT INTO " + name() + alias() + space() + "DEFAULT VALUES";
				case 1 -> "INSERT INTO " + name() + " (" + name() + ")" + space() + select(1);
				case 2 -> "UPDATE " + any("", "OR IGNORE ") + name() + alias() + " SET " + name() + " = "
						+ expression(1) + any("", " FROM " + from(1));
				case 3 -> "DELETE FROM " + name() + alias() + " WHERE " + expression(1);
				case 4 -> "WITH " + name() + " AS (" + select(1) + ") " + select(1);
				case 5 -> "CREATE TRIGGER x AFTER UPDATE OF " + name() + ", " + name() + " ON " + name() + " BEGIN "
						+ select(1) + "; END";
				case 6 -> "CREATE " + any("VIEW", "TABLE", "TEMP VIEW") + " x AS" + space() + select(1);
				default -> select(2);
			};
		}

	}

}
