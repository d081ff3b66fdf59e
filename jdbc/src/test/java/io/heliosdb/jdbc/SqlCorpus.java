package io.heliosdb.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Statements of SQLite's grammar, one after the other, from a seed. It remembers roughly
 * which tables it made, so that most statements work; what does not work is meant to
 * fail, as errors are compared too. Nothing in it depends on time, chance or addresses.
 */
final class SqlCorpus {

	private static final int MOST_TABLES = 6;

	private static final List<String> TYPES = List.of("INTEGER", "INT", "TEXT", "REAL", "NUMERIC", "BLOB", "", "BIGINT",
			"VARCHAR(20)", "CHAR(5)", "DECIMAL(10,2)", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "DATETIME", "DOUBLE",
			"FLOAT", "SMALLINT", "CLOB", "double precision", "foo bar", "json");

	private static final List<String> STRICT_TYPES = List.of("INTEGER", "INT", "TEXT", "REAL", "BLOB", "ANY");

	private static final List<String> NUMBERS = List.of("0", "1", "-1", "2", "7", "42", "100", "-0.0", "0.1", "1.5",
			"1e10", "1e308", "-1e308", "9e999", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
			"4294967296", "0x10", "0x7fffffffffffffff", "1e-320", "123456789012345678", "2147483648", "3.0", "1_000");

	private static final List<String> TEXTS = List.of("''", "'a'", "'A'", "'abc'", "'ABC '", "'b%_'", "'it''s'", "'12'",
			"'12.5abc'", "' 7'", "'1e3'", "'ä'", "'Ä'", "'€uro'", "'😀 smile'", "'日本語'", "'e' || char(769)", "'NULL'",
			"'line' || char(10) || 'break'", "'2026-11-22'", "'2024-02-29 23:59:59.999'", "'10:15'", "'true'",
			"'[0.1, 0.2]'", "hex('xyz')", "char(0x10ffff)", "'nul' || char(0) || 'byte'");

	private static final List<String> BLOBS = List.of("x''", "x'00'", "x'0102ff'", "zeroblob(5)", "x'c3a4'", "x'ff'",
			"CAST('abc' AS BLOB)", "zeroblob(20000)");

	private static final List<String> JSON = List.of("'{\"a\":1,\"b\":[1,2,{\"c\":null}],\"d\":\"x\"}'",
			"'[1,2.5,\"three\",null]'", "'null'", "'{}'", "'[]'", "'{bad'", "'{a:1,}'", "jsonb('{\"a\":[1,2]}')",
			"'\"text\"'", "'17'");

	private static final List<String> PATHS = List.of("'$'", "'$.a'", "'$.b[1]'", "'$[#-1]'", "'$.b[2].c'", "'a'",
			"'$.missing'", "'$['", "1");

	private static final List<String> DATES = List.of("'2026-11-22'", "'2026-11-22 10:15:30'",
			"'2026-11-22T10:15:30.123Z'", "'10:15'", "2461000.5", "1700000000", "'2024-02-29'",
			"'-4713-11-24 12:00:00'", "'9999-12-31'", "'nonsense'", "'2026-13-01'", "0", "NULL");

	private static final List<String> MODIFIERS = List.of("'+1 day'", "'-1 month'", "'start of month'", "'weekday 0'",
			"'+1 year'", "'unixepoch'", "'auto'", "'julianday'", "'+00:30'", "'ceiling'", "'floor'", "'subsec'",
			"'start of year'", "'bad modifier'", "'-36 hours'", "'+0001-02-03'", "'utc'");

	private static final List<String> SCALARS = List.of("abs(%s)", "length(%s)", "lower(%s)", "upper(%s)", "typeof(%s)",
			"hex(%s)", "quote(%s)", "round(%s)", "trim(%s)", "unicode(%s)", "soundex(%s)", "zeroblob(%s)", "sign(%s)",
			"ceil(%s)", "floor(%s)", "sqrt(%s)", "ln(%s)", "exp(%s)", "octet_length(%s)", "unhex(%s)", "json_quote(%s)",
			"json_valid(%s)", "-(%s)", "+(%s)", "~(%s)", "NOT (%s)", "(%s) IS NULL", "(%s) NOTNULL",
			"(%s) COLLATE NOCASE", "CAST(%s AS INTEGER)", "CAST(%s AS TEXT)", "CAST(%s AS REAL)", "CAST(%s AS NUMERIC)",
			"CAST(%s AS BLOB)", "likely(%s)", "total_changes() * 0 + (%s)");

	private static final List<String> BINARIES = List.of("(%s) + (%s)", "(%s) - (%s)", "(%s) * (%s)", "(%s) / (%s)",
			"(%s) %% (%s)", "(%s) || (%s)", "(%s) = (%s)", "(%s) <> (%s)", "(%s) < (%s)", "(%s) >= (%s)",
			"(%s) IS (%s)", "(%s) IS NOT DISTINCT FROM (%s)", "(%s) AND (%s)", "(%s) OR (%s)", "(%s) LIKE (%s)",
			"(%s) NOT LIKE (%s)", "(%s) GLOB (%s)", "(%s) & (%s)", "(%s) | (%s)", "(%s) << (%s)", "(%s) >> (%s)",
			"ifnull(%s, %s)", "nullif(%s, %s)", "max(%s, %s)", "min(%s, %s)", "instr(%s, %s)", "substr(%s, %s)",
			"round(%s, %s)", "concat(%s, %s)", "mod(%s, %s)", "power(%s, %s)", "atan2(%s, %s)",
			"(%s) LIKE (%s) ESCAPE '!'", "json_array(%s, %s)", "printf('%%s|%%d', %s, %s)", "(%s, 1) < (%s, 2)",
			"iif(%s, %s, 'else')");

	private static final List<String> AGGREGATES = List.of("count(*)", "count(%s)", "count(DISTINCT %s)", "sum(%s)",
			"total(%s)", "avg(%s)", "min(%s)", "max(%s)", "group_concat(%s)", "group_concat(%s, '-')",
			"string_agg(%s, '+')", "group_concat(%s ORDER BY 1 DESC)", "json_group_array(%s)",
			"json_group_object('k', %s)", "sum(%s) FILTER (WHERE 1)");

	private static final List<String> WINDOWS = List.of("row_number()", "rank()", "dense_rank()", "percent_rank()",
			"cume_dist()", "ntile(3)", "lag(%s)", "lead(%s, 2, 'none')", "first_value(%s)", "last_value(%s)",
			"nth_value(%s, 2)", "sum(%s)", "count(*)", "avg(%s)", "group_concat(%s)", "max(%s)");

	private static final List<String> FRAMES = List.of("", " ROWS UNBOUNDED PRECEDING",
			" ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
			" GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES",
			" ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW", " ROWS 2 PRECEDING EXCLUDE GROUP");

	private static final List<String> PRAGMAS = List.of("PRAGMA user_version", "PRAGMA user_version = 7",
			"PRAGMA application_id = 99", "PRAGMA application_id", "PRAGMA encoding", "PRAGMA page_size",
			"PRAGMA foreign_key_check", "PRAGMA integrity_check", "PRAGMA quick_check", "PRAGMA foreign_keys",
			"PRAGMA recursive_triggers", "PRAGMA recursive_triggers = 1", "PRAGMA recursive_triggers = 0",
			"PRAGMA case_sensitive_like = 1", "PRAGMA case_sensitive_like = 0", "PRAGMA auto_vacuum",
			"PRAGMA collation_list", "PRAGMA cell_size_check", "PRAGMA defer_foreign_keys = 1",
			"PRAGMA ignore_check_constraints = 0", "PRAGMA legacy_alter_table", "PRAGMA nonsense",
			"PRAGMA max_page_count", "PRAGMA reverse_unordered_selects = 1", "PRAGMA reverse_unordered_selects = 0",
			"PRAGMA secure_delete", "PRAGMA trusted_schema", "PRAGMA writable_schema", "PRAGMA schema_version",
			"PRAGMA optimize", "PRAGMA table_list(t0)", "PRAGMA compile_options(1)", "PRAGMA query_only",
			"PRAGMA automatic_index");

	/** A table as far as it is remembered. */
	private record Table(String name, List<String> columns) {
	}

	private final SplittableRandom random;

	private final List<Table> tables = new ArrayList<>();

	private int names;

	private int expressionDepth;

	private boolean hasFts;

	private boolean hasRtree;

	private boolean attached;

	SqlCorpus(long seed) {
		this.random = new SplittableRandom(seed);
	}

	/** The next statement. */
	String next() {
		if (this.tables.size() < 2) {
			return createTable();
		}
		int dice = this.random.nextInt(100);
		return (dice < 34) ? select() : (dice < 52) ? insert() : (dice < 59) ? update() : (dice < 63) ? delete()
				: (dice < 69) ? ddl() : (dice < 72) ? transaction()
						: (dice < 76) ? pragma()
								: (dice < 80) ? json() : (dice < 84) ? dates() : (dice < 88) ? fts() : (dice < 91)
										? rtree() : (dice < 93) ? attach() : (dice < 98) ? expressions() : broken();
	}

	private <T> T pick(List<T> choices) {
		return choices.get(this.random.nextInt(choices.size()));
	}

	private String choose(String... choices) {
		return choices[this.random.nextInt(choices.length)];
	}

	private boolean chance(int percent) {
		return this.random.nextInt(100) < percent;
	}

	private String maybe(int percent, Supplier<String> text) {
		return chance(percent) ? text.get() : "";
	}

	private String list(int atLeast, int atMost, Supplier<String> element) {
		return IntStream.range(0, this.random.nextInt(atLeast, atMost + 1))
			.mapToObj((i) -> element.get())
			.collect(Collectors.joining(", "));
	}

	/* Expressions */

	private String literal() {
		int dice = this.random.nextInt(10);
		return (dice < 4) ? pick(NUMBERS)
				: (dice < 8) ? pick(TEXTS) : (dice < 9) ? pick(BLOBS) : choose("NULL", "TRUE", "FALSE");
	}

	private String expression(Table table) {
		if (this.expressionDepth > 3 || chance(45)) {
			return (table != null && chance(60)) ? pick(table.columns()) : literal();
		}
		this.expressionDepth++;
		try {
			int dice = this.random.nextInt(20);
			return (dice < 7) ? pick(SCALARS).formatted(expression(table))
					: (dice < 15) ? pick(BINARIES).formatted(expression(table), expression(table)) : switch (dice) {
						case 15 -> "CASE WHEN " + expression(table) + " THEN " + expression(table)
								+ maybe(60, () -> " ELSE " + expression(table)) + " END";
						case 16 -> "CASE " + expression(table) + " WHEN " + literal() + " THEN 1 WHEN " + literal()
								+ " THEN 'two' END";
						case 17 -> "(" + expression(table) + ") " + choose("", "NOT ") + "IN ("
								+ list(0, 4, this::literal) + ")";
						case 18 -> "(" + expression(table) + ") " + choose("", "NOT ") + "BETWEEN " + literal()
								+ " AND " + literal();
						default -> subquery();
					};
		}
		finally {
			this.expressionDepth--;
		}
	}

	private String subquery() {
		Table table = pick(this.tables);
		return choose("(SELECT " + pick(table.columns()) + " FROM " + table.name() + " ORDER BY 1 LIMIT 1)",
				"EXISTS (SELECT 1 FROM " + table.name() + " WHERE " + pick(table.columns()) + " = 1)",
				"(SELECT count(*) FROM " + table.name() + ")",
				"1 IN (SELECT " + pick(table.columns()) + " FROM " + table.name() + ")");
	}

	private String expressions() {
		return "SELECT "
				+ list(1, 5, () -> expression(null) + maybe(20, () -> " AS \"" + choose("x", "ä b", "X") + '"'));
	}

	/* Queries */

	private String select() {
		int dice = this.random.nextInt(10);
		return (dice < 4) ? simpleSelect() : switch (dice) {
			case 4 -> join();
			case 5 -> grouped();
			case 6 -> windowed();
			case 7 -> compound();
			case 8 -> common();
			default -> choose("EXPLAIN QUERY PLAN ", "", "") + simpleSelect();
		};
	}

	private String simpleSelect() {
		Table table = pick(this.tables);
		return "SELECT " + choose("", "", "DISTINCT ", "ALL ")
				+ choose("*", table.name() + ".*", list(1, 4,
						() -> expression(table) + maybe(25, () -> " AS " + choose("c1", "[c 2]", "\"C1\"", "`x`"))),
						"rowid, *")
				+ " FROM " + table.name() + maybe(60, () -> " WHERE " + expression(table)) + order(table) + limit();
	}

	private String order(Table table) {
		return maybe(60,
				() -> " ORDER BY " + list(1, 3,
						() -> choose(pick(table.columns()), "1", expression(table))
								+ choose("", " ASC", " DESC", " COLLATE NOCASE")
								+ maybe(15, () -> choose(" NULLS FIRST", " NULLS LAST"))));
	}

	private String limit() {
		return maybe(35, () -> " LIMIT " + this.random.nextInt(-1, 9)
				+ maybe(40, () -> choose(" OFFSET ", ", ") + this.random.nextInt(5)));
	}

	private String join() {
		Table left = pick(this.tables);
		Table right = pick(this.tables);
		String on = "a." + pick(left.columns()) + choose(" = ", " < ", " IS ") + "b." + pick(right.columns());
		return "SELECT " + choose("*", "a.*", "a." + pick(left.columns()) + ", b." + pick(right.columns()), "count(*)")
				+ " FROM " + left.name() + " AS a "
				+ choose("JOIN ", "LEFT JOIN ", "CROSS JOIN ", "FULL OUTER JOIN ", "RIGHT JOIN ", "INNER JOIN ", ", ",
						"NATURAL JOIN ")
				+ right.name() + " b" + maybe(0, () -> "")
				+ choose(" ON " + on, " WHERE " + on, "", " USING (" + pick(left.columns()) + ")")
				+ choose("", " ORDER BY 1", " ORDER BY 1, 2") + " LIMIT " + this.random.nextInt(1, 60);
	}

	private String aggregate(Table table) {
		return pick(AGGREGATES).formatted(expression(table));
	}

	private String grouped() {
		Table table = pick(this.tables);
		String key = choose(pick(table.columns()), "typeof(" + pick(table.columns()) + ")", "1", expression(table));
		return "SELECT " + maybe(70, () -> key + ", ") + list(1, 3, () -> aggregate(table)) + " FROM " + table.name()
				+ maybe(30, () -> " WHERE " + expression(table))
				+ maybe(80,
						() -> " GROUP BY " + key
								+ maybe(30, () -> " HAVING " + choose("count(*) > 1", aggregate(table) + " > 0")))
				+ maybe(60, () -> " ORDER BY 1");
	}

	private String windowed() {
		Table table = pick(this.tables);
		return "SELECT " + pick(table.columns()) + ", "
				+ list(1, 2,
						() -> pick(WINDOWS).formatted(pick(table.columns())) + " OVER ("
								+ maybe(50, () -> "PARTITION BY " + pick(table.columns()) + ' ') + "ORDER BY "
								+ pick(table.columns()) + choose("", " DESC") + ", " + pick(table.columns())
								+ pick(FRAMES) + ")")
				+ " FROM " + table.name() + choose("", " ORDER BY 1, 2", " WINDOW w AS (ORDER BY 1)");
	}

	private String compound() {
		Table table = pick(this.tables);
		Table other = pick(this.tables);
		return "SELECT " + pick(table.columns()) + " FROM " + table.name()
				+ choose(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ")
				+ choose("SELECT " + pick(other.columns()) + " FROM " + other.name(), "VALUES (1), ('a'), (NULL)",
						"SELECT 1, 2", "SELECT " + literal())
				+ choose("", " ORDER BY 1", " ORDER BY 1 DESC LIMIT 5");
	}

	private String common() {
		Table table = pick(this.tables);
		return choose(
				"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < "
						+ this.random.nextInt(1, 50) + ") SELECT "
						+ choose("x, x * x", "sum(x)", "group_concat(x)", "x % 3, count(*)") + " FROM c"
						+ choose("", " LIMIT 3"),
				"WITH a AS " + choose("", "MATERIALIZED ", "NOT MATERIALIZED ") + "(SELECT " + pick(table.columns())
						+ " AS v FROM " + table.name()
						+ "), b(w) AS (SELECT v FROM a WHERE v IS NOT NULL) SELECT count(*), " + "max(w) FROM b, a",
				"WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION SELECT b, a + b FROM f LIMIT 40) SELECT * FROM f",
				"VALUES " + list(1, 4, () -> "(" + literal() + ", " + literal() + ")"),
				"SELECT * FROM generate_series(1, 10, 3)",
				"SELECT value FROM (SELECT 1 AS value) WHERE value IN (1, 2)");
	}

	/* Changes */

	private String insert() {
		Table table = pick(this.tables);
		String verb = choose("INSERT INTO ", "INSERT INTO ", "INSERT OR IGNORE INTO ", "INSERT OR REPLACE INTO ",
				"REPLACE INTO ", "INSERT OR FAIL INTO ", "INSERT OR ABORT INTO ", "INSERT OR ROLLBACK INTO ");
		List<String> columns = table.columns();
		if (chance(30)) {
			columns = columns.stream().filter((column) -> chance(60)).toList();
		}
		if (columns.isEmpty()) {
			return verb + table.name() + " DEFAULT VALUES" + returning(table);
		}
		int width = columns.size() + (chance(3) ? 1 : 0);
		String source = chance(75)
				? " VALUES " + list(1, 4,
						() -> "(" + IntStream.range(0, width)
							.mapToObj((i) -> (i == 0) ? key() : chance(80) ? literal() : expression(null))
							.collect(Collectors.joining(", ")) + ")")
				: " SELECT " + IntStream.range(0, width)
					.mapToObj((i) -> (i == 0) ? key() : expression(table))
					.collect(Collectors.joining(", ")) + " FROM " + table.name() + " WHERE true LIMIT 3";
		return verb + table.name() + " (" + String.join(", ", columns) + ")" + source + maybe(20, () -> upsert(table))
				+ returning(table);
	}

	/**
	 * What may become a rowid: behind the largest integer SQLite takes one by chance,
	 * which two databases cannot do alike.
	 */
	private String key() {
		return chance(70) ? Integer.toString(this.random.nextInt(-3, 60))
				: choose("NULL", pick(TEXTS), "1.5", "x'01'", "'7'", "TRUE");
	}

	private String upsert(Table table) {
		String column = pick(table.columns());
		return choose(" ON CONFLICT DO NOTHING",
				" ON CONFLICT (" + table.columns().get(0) + ") DO UPDATE SET " + column + " = "
						+ choose("excluded." + column, key(), column + " || 'x'")
						+ maybe(30, () -> " WHERE " + expression(table)),
				" ON CONFLICT (" + column + ") DO NOTHING");
	}

	private String returning(Table table) {
		return maybe(20, () -> " RETURNING " + choose("*", pick(table.columns()),
				"rowid, typeof(" + pick(table.columns()) + ") AS t", pick(table.columns()) + " AS \"a b\""));
	}

	private String update() {
		Table table = pick(this.tables);
		Table other = pick(this.tables);
		return choose("UPDATE ", "UPDATE ", "UPDATE OR IGNORE ", "UPDATE OR REPLACE ") + table.name() + " SET "
				+ list(1, 2,
						() -> chance(15) ? table.columns().get(0) + " = " + key()
								: pick(table.columns().subList(table.columns().size() / 2, table.columns().size()))
										+ " = " + (table.columns().size() > 1 ? expression(table) : key()))
				+ maybe(15, () -> " FROM (SELECT " + pick(other.columns()) + " AS v FROM " + other.name()
						+ " ORDER BY 1 LIMIT 1) AS o")
				+ " WHERE " + expression(table) + returning(table);
	}

	private String delete() {
		Table table = pick(this.tables);
		return "DELETE FROM " + table.name()
				+ choose(" WHERE " + expression(table),
						" WHERE rowid IN (SELECT rowid FROM " + table.name() + " LIMIT 2)",
						" WHERE " + pick(table.columns()) + " IS NULL")
				+ returning(table);
	}

	private String transaction() {
		return choose("BEGIN", "BEGIN IMMEDIATE", "COMMIT", "COMMIT", "ROLLBACK", "SAVEPOINT s1", "RELEASE s1",
				"ROLLBACK TO s1", "SAVEPOINT \"s 2\"", "RELEASE nosuch", "END");
	}

	/* The schema */

	private String createTable() {
		String name = chance(92) ? "t" + (this.names++ % MOST_TABLES) : choose("\"odd name\"", "[tä]", "`t``q`");
		boolean strict = chance(15);
		boolean temp = chance(5);
		int count = this.random.nextInt(1, 6);
		List<String> columns = new ArrayList<>();
		List<String> definitions = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			String column = chance(93) ? "c" + i : choose("\"c " + i + '"', "ä" + i, "\"select" + i + '"');
			definitions.add(column + ' ' + columnDefinition(strict, columns));
			columns.add(column);
		}
		boolean keyed = chance(50);
		if (keyed) {
			definitions.set(0, columns.get(0) + ' ' + (strict ? pick(STRICT_TYPES) : pick(TYPES)) + " PRIMARY KEY"
					+ maybe(15, () -> choose(" DESC", " ON CONFLICT REPLACE", " AUTOINCREMENT")));
		}
		if (chance(10)) {
			definitions.add("CHECK (" + columns.get(0) + " IS NOT 'never')");
		}
		if (chance(10)) {
			definitions.add("UNIQUE (" + columns.get(columns.size() - 1) + ")");
		}
		List<String> options = new ArrayList<>();
		if (strict) {
			options.add("STRICT");
		}
		if (keyed && chance(20)) {
			options.add("WITHOUT ROWID");
		}
		this.tables.removeIf((table) -> table.name().equals(name));
		this.tables.add(new Table(name, columns));
		return "CREATE " + (temp ? "TEMP " : "") + "TABLE " + maybe(20, () -> "IF NOT EXISTS ") + name + " ("
				+ String.join(", ", definitions) + ") " + String.join(", ", options);
	}

	private String columnDefinition(boolean strict, List<String> earlier) {
		return (strict ? pick(STRICT_TYPES) : pick(TYPES)) + maybe(10, () -> " NOT NULL")
				+ maybe(8, () -> " UNIQUE" + choose("", " ON CONFLICT IGNORE"))
				+ maybe(15, () -> " DEFAULT " + choose("0", "'x'", "NULL", "(1 + 1)", "-1", "x'00'"))
				+ maybe(10, () -> " COLLATE " + choose("NOCASE", "RTRIM", "BINARY")) + maybe(5, () -> " CHECK (1)")
				+ (earlier.isEmpty() ? ""
						: maybe(8, () -> choose(" GENERATED ALWAYS", "") + " AS ("
								+ choose("upper(" + pick(earlier) + ")", pick(earlier) + " || 'g'",
										"length(" + pick(earlier) + ")")
								+ ")" + choose("", " STORED", " VIRTUAL")))
				+ (this.tables.isEmpty() ? "" : maybe(5, () -> {
					Table parent = pick(this.tables);
					return " REFERENCES " + parent.name() + "(" + parent.columns().get(0) + ")"
							+ choose("", " ON DELETE CASCADE", " ON UPDATE SET NULL", " DEFERRABLE INITIALLY DEFERRED");
				}));
	}

	private String ddl() {
		Table table = pick(this.tables);
		String column = pick(table.columns());
		int number = this.random.nextInt(4);
		switch (this.random.nextInt(16)) {
			case 0, 1:
				return createTable();
			case 2:
				return "CREATE " + choose("", "UNIQUE ") + "INDEX IF NOT EXISTS i" + number + " ON " + table.name()
						+ " (" + column + choose("", " DESC", " COLLATE NOCASE")
						+ maybe(30, () -> ", " + pick(table.columns())) + ")"
						+ maybe(30, () -> " WHERE " + column + " IS NOT NULL");
			case 3:
				return "CREATE INDEX i" + number + " ON " + table.name() + " ("
						+ choose("lower(" + column + ")", "length(" + column + ") + 1", "random()") + ")";
			case 4:
				return "DROP INDEX " + choose("IF EXISTS ", "") + "i" + number;
			case 5:
				return "CREATE VIEW IF NOT EXISTS v" + number + choose("", " (a)") + " AS SELECT " + column + " FROM "
						+ table.name();
			case 6:
				return choose("SELECT * FROM v" + number, "DROP VIEW v" + number,
						"INSERT INTO v" + number + " VALUES (1)");
			case 7:
				return "CREATE TRIGGER IF NOT EXISTS r" + number + ' ' + choose("BEFORE", "AFTER") + ' '
						+ choose("INSERT", "UPDATE", "DELETE", "UPDATE OF " + column) + " ON " + table.name()
						+ maybe(30,
								() -> " WHEN " + choose("1", "0", "(SELECT count(*) > 3 FROM " + table.name() + ")"))
						+ " BEGIN "
						+ choose("SELECT RAISE(IGNORE)", "SELECT RAISE(ABORT, 'trigger says no')",
								"SELECT RAISE(FAIL, 'failed ' || 1)",
								"UPDATE " + table.name() + " SET " + column + " = 'by trigger' WHERE 0", "SELECT 1",
								"DELETE FROM " + pick(this.tables).name() + " WHERE 0")
						+ "; END";
			case 8:
				return "CREATE TRIGGER IF NOT EXISTS rv INSTEAD OF INSERT ON v" + number + " BEGIN INSERT INTO "
						+ table.name() + " (" + column + ") VALUES (1); END";
			case 9:
				return "DROP TRIGGER IF EXISTS r" + number;
			case 10:
				return "ALTER TABLE " + table.name() + " ADD COLUMN a" + number + ' '
						+ choose("INT", "TEXT DEFAULT 'd'", "NOT NULL", "INT NOT NULL DEFAULT 3", "AS (1)", "UNIQUE");
			case 11:
				return "ALTER TABLE " + table.name()
						+ choose(" DROP COLUMN " + column, " RENAME COLUMN a" + number + " TO b" + number,
								" DROP COLUMN a" + number, " RENAME TO " + table.name());
			case 12:
				if (this.tables.size() > 3) {
					this.tables.remove(table);
					return "DROP TABLE " + choose("IF EXISTS ", "") + table.name();
				}
				return "DROP TABLE IF EXISTS nosuch";
			case 13:
				return choose("ANALYZE", "REINDEX", "VACUUM", "ANALYZE " + table.name(), "REINDEX " + table.name(),
						"REINDEX nosuch");
			case 14:
				return "CREATE TABLE IF NOT EXISTS k" + number + " AS SELECT " + column + " AS x, 1 AS y, 'z' FROM "
						+ table.name();
			default:
				return choose("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 2",
						"SELECT * FROM pragma_table_xinfo('" + table.name().replace("'", "''") + "')",
						"PRAGMA table_info(" + table.name() + ")", "PRAGMA index_list(" + table.name() + ")",
						"PRAGMA foreign_key_list(" + table.name() + ")", "DROP TABLE k" + number,
						"SELECT * FROM k" + number, "DROP TABLE nosuch", "CREATE TABLE sqlite_mine (x)");
		}
	}

	private String pragma() {
		return pick(PRAGMAS);
	}

	/* Extensions */

	private String json() {
		String document = pick(JSON);
		String path = pick(PATHS);
		return "SELECT " + choose("json(" + document + ")", document + " -> " + path, document + " ->> " + path,
				"json_extract(" + document + ", " + path + ")", "json_type(" + document + ", " + path + ")",
				"json_set(" + document + ", " + path + ", " + literal() + ")",
				"json_insert(" + document + ", '$.n', 1)", "json_replace(" + document + ", " + path + ", NULL)",
				"json_remove(" + document + ", " + path + ")", "json_array_length(" + document + ")",
				"json_patch(" + document + ", '{\"a\":null,\"z\":1}')",
				"json_object('k', " + literal() + ", 'l', json(" + document + "))", "json_pretty(" + document + ")",
				"hex(jsonb(" + document + "))", "json_error_position(" + document + ")",
				"json_valid(" + document + ", 6)", "key, value, type, atom, fullkey FROM json_each(" + document + ")",
				"key, value, type, path FROM json_tree(" + document + ") ORDER BY fullkey",
				"sum(value) FROM json_each(" + document + ") WHERE type = 'integer'");
	}

	private String dates() {
		String modifiers = maybe(60, () -> ", " + list(1, 3, () -> pick(MODIFIERS)));
		String date = pick(DATES);
		return "SELECT " + choose("date(", "time(", "datetime(", "julianday(", "unixepoch(",
				"strftime('%Y-%m-%d %H:%M:%f %j %w %W %s %J %G-%V %u %e %I %p %R %T %F %k %l', ", "strftime('%Q', ")
				+ date + modifiers + ")" + maybe(20, () -> ", timediff(" + pick(DATES) + ", " + pick(DATES) + ")");
	}

	private String fts() {
		if (!this.hasFts) {
			this.hasFts = true;
			return "CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(title, body"
					+ choose("", ", tokenize = 'porter'", ", prefix = '2 3'", ", tokenize = 'trigram'") + ")";
		}
		String word = choose("hello", "world", "'run*'", "title:hello", "hello AND world", "hello NOT world",
				"\"hello world\"", "NEAR(hello world, 2)", "grüße", "(", "wor*", "run OR körper");
		return switch (this.random.nextInt(9)) {
			case 0, 1,
					2 ->
				"INSERT INTO f (title, body) VALUES (" + choose("'hello'", "'Hello World'", "'Grüße'", "NULL") + ", "
						+ choose("'the world runs'", "'running körper hello'", "''", "'a b c world'") + ")"
						+ maybe(20, () -> " RETURNING rowid");
			case 3 -> "SELECT rowid, highlight(f, 0, '<', '>'), snippet(f, 1, '[', ']', '…', 4) FROM f WHERE f MATCH '"
					+ word.replace("'", "''") + "' ORDER BY rowid";
			case 4 -> "SELECT title, round(bm25(f), 6) FROM f('" + word.replace("'", "''") + "') ORDER BY rank, rowid";
			case 5 -> "UPDATE f SET body = body || ' more' WHERE rowid = " + this.random.nextInt(5);
			case 6 -> "DELETE FROM f WHERE rowid = " + this.random.nextInt(9);
			case 7 ->
				"INSERT INTO f (f) VALUES ('" + choose("optimize", "integrity-check", "rebuild", "nonsense") + "')";
			default -> "SELECT count(*), max(rowid) FROM f WHERE title MATCH '" + word.replace("'", "''") + "'";
		};
	}

	private String rtree() {
		if (!this.hasRtree) {
			this.hasRtree = true;
			return "CREATE VIRTUAL TABLE IF NOT EXISTS g USING rtree(id, x0, x1, y0, y1" + choose("", ", +note TEXT")
					+ ")";
		}
		int at = this.random.nextInt(100);
		return switch (this.random.nextInt(6)) {
			case 0, 1 -> "INSERT INTO g (id, x0, x1, y0, y1) VALUES (" + choose("NULL", "" + at) + ", " + at + ", "
					+ (at + this.random.nextInt(-1, 9)) + ", " + at / 2.0 + ", " + (at + 1.1) + ")";
			case 2 -> "SELECT * FROM g WHERE x0 >= " + at + " AND y1 < " + (at + 30) + " ORDER BY id";
			case 3 -> "SELECT count(*), sum(x1 - x0) FROM g";
			case 4 -> "UPDATE g SET x1 = x1 + 1 WHERE id = " + at;
			default -> choose("DELETE FROM g WHERE id = " + at, "SELECT rtreecheck('g')");
		};
	}

	private String attach() {
		if (!this.attached) {
			this.attached = true;
			return "ATTACH ':memory:' AS aux1";
		}
		Table table = pick(this.tables);
		int dice = this.random.nextInt(9);
		if (dice == 0) {
			this.attached = false;
			return "DETACH aux1";
		}
		return choose("CREATE TABLE IF NOT EXISTS aux1.t0 (a INTEGER PRIMARY KEY, b)",
				"INSERT INTO aux1.t0 (b) VALUES (1), ('x')", "SELECT * FROM aux1.t0",
				"SELECT count(*) FROM aux1.t0, main." + table.name(), "CREATE INDEX IF NOT EXISTS aux1.ix ON t0 (b)",
				"SELECT name FROM aux1.sqlite_schema ORDER BY 1",
				"INSERT INTO " + table.name() + " (" + table.columns().get(0) + ") SELECT b FROM aux1.t0",
				"ATTACH ':memory:' AS aux1", "DETACH nosuch");
	}

	/** Statements that SQLite refuses in most cases. */
	private String broken() {
		Table table = pick(this.tables);
		return choose("SELECT nosuch FROM " + table.name(), "SELECT * FROM nosuch", "SELEC 1", "SELECT 'unfinished",
				"INSERT INTO " + table.name() + " VALUES", "SELECT nofunction(1)", "SELECT abs()", "SELECT (1",
				"CREATE TABLE " + table.name() + " (x)", "UPDATE nosuch SET a = 1",
				"DELETE FROM " + table.name() + " WHERE nosuch", "SELECT sum(count(*)) FROM " + table.name(),
				"SELECT * FROM " + table.name() + " LIMIT 'x'", "SELECT #1", "SELECT max(1, 2) OVER ()",
				"SELECT abs(-9223372036854775808)", "SELECT json('{')", "SELECT 1 ORDER BY 2",
				"SELECT * FROM " + table.name() + " WHERE rowid MATCH 'x'", "SELECT zeroblob(3000000000)",
				"WITH a AS (SELECT 1) DELETE", "SELECT x'0'", "SELECT 1; ", "SELECT \"string as name\"",
				"SELECT likelihood(1, 2)", "SELECT 1 COLLATE nosuch");
	}

}
