package io.heliosdb.jdbc.sql;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.heliosdb.jdbc.sql.DefinitionSql.Kind;
import io.heliosdb.jdbc.sql.NearestSql.Driver;
import io.heliosdb.jdbc.sql.NearestSql.Search;
import io.heliosdb.jdbc.sql.NearestSql.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Which statements an index can drive, and what becomes of them. */
class NearestSqlTests {

	private static final String DRIVER = "\"main\".\"i\" AS N CROSS JOIN ";

	private static final String CONDITION = "N.rowid = \"t\".rowid AND N.heliosdb_query = ?1 "
			+ "AND N.heliosdb_limit =";

	private static NearestSql parse(String sql) throws StatementSyntaxException {
		return NearestSql.parse(VectorSql.translate(sql));
	}

	/** The first table drives each search. */
	private static String translate(String sql) throws StatementSyntaxException {
		NearestSql statement = parse(sql);
		Map<Search, Driver> drivers = new HashMap<>();
		for (Search search : statement.searches()) {
			Source source = search.sources()
				.stream()
				.filter((candidate) -> candidate.alias().equals(search.qualifier()))
				.findFirst()
				.orElse(search.sources().get(0));
			drivers.put(search, new Driver("main", "i", source, "rowid", null));
		}
		return statement.translate(drivers).replace("\"heliosdb_nearest\"", "N");
	}

	@ParameterizedTest
	@CsvSource(delimiterString = " => ", quoteCharacter = '`', value = {
			"SELECT * FROM t ORDER BY e <=> ?1 LIMIT 5 => SELECT * FROM DRIVER t WHERE CONDITION (5) "
					+ "ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT * FROM t WHERE a = 1 OR b ORDER BY ?1 <-> e ASC NULLS LAST LIMIT 5 OFFSET 2 "
					+ "=> SELECT * FROM DRIVER t WHERE CONDITION CASE WHEN (5) < 0 THEN -1 ELSE (5) + max(0, (2)) END AND ( a = 1 OR b) "
					+ "ORDER BY N.heliosdb_order LIMIT 5 OFFSET 2",
			"SELECT a, e <=> ?1 AS d FROM t ORDER BY d LIMIT 5 => SELECT a, COS(e , ?1) AS d FROM DRIVER t "
					+ "WHERE CONDITION (5) ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT t.*, (t.e <=> ?1) d FROM t ORDER BY t.e <=> ?1, id ASC LIMIT 5 "
					+ "=> SELECT t.*, (COS(t.e , ?1)) d FROM DRIVER t WHERE CONDITION (5) "
					+ "ORDER BY N.heliosdb_order, N.rowid LIMIT 5",
			"SELECT * FROM main.docs AS t, u WHERE t.e <=> ?1 < 0.5 AND u.x = t.y ORDER BY t.e <=> ?1 LIMIT 5 "
					+ "=> SELECT * FROM DRIVER main.docs AS t, u WHERE CONDITION (5) AND N.heliosdb_distance < 0.5 "
					+ "AND ( COS(t.e , ?1) < 0.5 AND u.x = t.y) ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT * FROM t WHERE (a OR b) AND e <=> ?1 <= ?2 AND c ORDER BY e <=> ?1 LIMIT ?3 "
					+ "=> SELECT * FROM DRIVER t WHERE CONDITION (?3) AND N.heliosdb_distance <= ?2 "
					+ "AND ( (a OR b) AND COS(e , ?1) <= ?2 AND c) ORDER BY N.heliosdb_order LIMIT ?3",
			"SELECT * FROM t WHERE e <=> ?1 < 0.5 OR a ORDER BY e <=> ?1 LIMIT 5 "
					+ "=> SELECT * FROM DRIVER t WHERE CONDITION (5) AND ( COS(e , ?1) < 0.5 OR a) "
					+ "ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT * FROM t WHERE e <=> ?1 < 0.5 + a ORDER BY e <=> ?1 LIMIT 5 "
					+ "=> SELECT * FROM DRIVER t WHERE CONDITION (5) AND ( COS(e , ?1) < 0.5 + a) "
					+ "ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT * FROM u JOIN t ON u.id = t.u LEFT JOIN v USING (k) ORDER BY t.e <=> ?1 LIMIT 5 "
					+ "=> SELECT * FROM DRIVER u JOIN t ON u.id = t.u LEFT JOIN v USING (k) WHERE CONDITION (5) "
					+ "ORDER BY N.heliosdb_order LIMIT 5",
			"SELECT (SELECT x FROM t ORDER BY e <=> ?1 LIMIT 1) FROM u => SELECT (SELECT x FROM DRIVER t "
					+ "WHERE CONDITION (1) ORDER BY N.heliosdb_order LIMIT 1) FROM u",
			"WITH c AS (SELECT x FROM t ORDER BY e <=> ?1 LIMIT 1) SELECT * FROM c => WITH c AS (SELECT x "
					+ "FROM DRIVER t WHERE CONDITION (1) ORDER BY N.heliosdb_order LIMIT 1) SELECT * FROM c",
			"INSERT INTO u SELECT x FROM t ORDER BY e <=> ?1 LIMIT 1 RETURNING x => INSERT INTO u SELECT x "
					+ "FROM DRIVER t WHERE CONDITION (1) ORDER BY N.heliosdb_order LIMIT 1 RETURNING x",
			"EXPLAIN QUERY PLAN SELECT max(a, b) FROM t ORDER BY e <=> ?1 LIMIT 1 "
					+ "=> EXPLAIN QUERY PLAN SELECT max(a, b) FROM t ORDER BY COS(e , ?1) NULLS LAST LIMIT 1" })
	void aSearchIsDrivenByItsIndex(String sql, String expected) throws StatementSyntaxException {
		assertThat(translate(sql).replace("vec_distance_cosine", "COS").replace("vec_distance_l2", "L2"))
			.isEqualTo(expected.replace("DRIVER ", DRIVER).replace("CONDITION", CONDITION));
	}

	@ParameterizedTest
	@CsvSource(delimiterString = " => ",
			value = { "LIMIT 3, ?2 => CASE WHEN (?2) < 0 THEN -1 ELSE (?2) + max(0, (3)) END", "LIMIT -1 => (-1)",
					"LIMIT (SELECT max(a, 2) FROM u) => ((SELECT max(a, 2) FROM u))", "LIMIT 2 + 3; => (2 + 3)",
					"LIMIT 5 ON CONFLICT DO NOTHING => (5)" })
	void theIndexIsToldHowManyRowsAreWanted(String limit, String expected) throws StatementSyntaxException {
		assertThat(translate("INSERT INTO v SELECT x FROM t ORDER BY e <=> ?1 " + limit))
			.contains("WHERE " + CONDITION + " " + expected + " ORDER BY");
	}

	@Test
	void theVectorMayComeFromAnyRowButTheSearchedOne() throws StatementSyntaxException {
		for (String query : List.of("'[1, 2]'", "x'00'", "vec_f32(?1)", "(SELECT e FROM t WHERE id = 1)",
				"outer_table.e")) {
			assertThat(parse("SELECT * FROM t ORDER BY t.e <=> " + query + " LIMIT 5").searches()).as(query).hasSize(1);
		}
		for (String query : List.of("f", "t.f", "f(g)", "T.f")) {
			assertThat(parse("SELECT * FROM t ORDER BY t.e <=> " + query + " LIMIT 5").searches()).as(query).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT * FROM t ORDER BY e <=> ?1", "SELECT * FROM t ORDER BY e <=> ?1 DESC LIMIT 5",
			"SELECT * FROM t ORDER BY e <=> ?1 NULLS FIRST LIMIT 5", "SELECT * FROM t ORDER BY a, e <=> ?1 LIMIT 5",
			"SELECT DISTINCT a FROM t ORDER BY e <=> ?1 LIMIT 5",
			"SELECT a FROM t GROUP BY a ORDER BY e <=> ?1 LIMIT 5", "SELECT count(*) FROM t ORDER BY e <=> ?1 LIMIT 5",
			"SELECT 1 + e <=> ?1 AS d FROM t ORDER BY d LIMIT 5", "SELECT a FROM t ORDER BY 1 - (e <=> ?1) LIMIT 5",
			"SELECT a FROM t ORDER BY e <=> ?1, a, b LIMIT 5", "SELECT a FROM t ORDER BY e <=> ?1, b DESC LIMIT 5",
			"SELECT a FROM t INDEXED BY x ORDER BY 1 LIMIT 5",
			"SELECT row_number() OVER () FROM t ORDER BY e <=> ?1 LIMIT 5",
			"SELECT * FROM t RIGHT JOIN u ON 1 ORDER BY e <=> ?1 LIMIT 5",
			"SELECT a FROM t UNION SELECT e <=> ?1 AS d FROM t ORDER BY d LIMIT 5",
			"SELECT a FROM t ORDER BY f(e <=> ?1) LIMIT 5", "SELECT group_concat(a ORDER BY e <=> ?1) FROM t LIMIT 5",
			"CREATE VIEW v AS SELECT * FROM t ORDER BY e <=> '[1]' LIMIT 5", "SELECT a FROM t ORDER BY e <=> e LIMIT 5",
			"SELECT a FROM t ORDER BY vec_distance_cosine(e) LIMIT 5" })
	void whatNoIndexCanDrive(String sql) throws StatementSyntaxException {
		NearestSql statement = parse(sql);
		assertThat((statement != null) ? statement.searches() : List.of()).isEmpty();
	}

	@Test
	void aCommonTableIsNotTheTableOfThatName() throws StatementSyntaxException {
		Search search = parse("WITH t AS (SELECT 1 AS e) SELECT * FROM t ORDER BY e <=> ?1 LIMIT 5").searches().get(0);
		assertThat(search.sources()).containsExactly(new Source(null, null, "t", false));
		search = parse("WITH t(e) AS MATERIALIZED (SELECT 1) SELECT * FROM main.t ORDER BY e <=> ?1 LIMIT 5").searches()
			.get(0);
		assertThat(search.sources()).containsExactly(new Source("main", "t", "t", false));
	}

	@Test
	void tablesOfAFromClause() throws StatementSyntaxException {
		Search search = parse("SELECT * FROM a x LEFT JOIN (SELECT 1) y ON x.i = y.i, json_each(x.j) z "
				+ "CROSS JOIN \"main\".[b] AS \"B\" JOIN c NATURAL JOIN d ORDER BY x.e <=> ?1 LIMIT 5")
			.searches()
			.get(0);
		assertThat(search.sources()).extracting(Source::table).containsExactly("a", null, null, "b", "c", "d");
		assertThat(search.sources()).extracting(Source::alias).startsWith("x", "y", "z", "B", "c", "d");
		assertThat(search.sources()).extracting(Source::optional)
			.containsExactly(false, true, false, false, false, false);
	}

	@Test
	void rowsWithoutAVectorComeLastWithoutAnIndexToo() throws StatementSyntaxException {
		assertThat(parse("SELECT e <=> ?1 AS d FROM t ORDER BY a, d ASC, e <-> ?1 NULLS LAST").translate(Map.of()))
			.isEqualTo("SELECT vec_distance_cosine(e , ?1) AS d FROM t "
					+ "ORDER BY a, d ASC NULLS LAST, vec_distance_l2(e , ?1) NULLS LAST");
		assertThat(parse("SELECT a FROM t ORDER BY e <=> ?1 DESC, e <=> ?1 NULLS FIRST")).isNull();
	}

	@Test
	void anIndexIsReadFromItsDefinition() throws StatementSyntaxException {
		VectorIndexSql index = VectorIndexSql
			.parse(VectorSql.translate("CREATE INDEX IF NOT EXISTS main.[my \"index] ON \"the docs\" "
					+ "USING hnsw (\"e\"\"x\" vector_ip_ops) WITH (Lists = 10)"));
		assertThat(index.name()).isEqualTo("my \"index");
		assertThat(index.metric()).isEqualTo("ip");
		assertThat(index.arguments()).containsEntry("lists", "10")
			.containsEntry("table", "the docs")
			.containsEntry("column", "e\"x");
		assertThat(VectorIndexSql.parse("CREATE TABLE t (a, \"USING heliosdb_vector_index\")")).isNull();
	}

	@Test
	void definitionsThatIndexesFollow() {
		assertThat(DefinitionSql.parse("; drop table if exists main.\"my t\""))
			.isEqualTo(new DefinitionSql(Kind.DROP_TABLE, "main", "my t", null));
		assertThat(DefinitionSql.parse("DROP TABLE t")).isEqualTo(new DefinitionSql(Kind.DROP_TABLE, null, "t", null));
		assertThat(DefinitionSql.parse("DROP INDEX IF EXISTS i;"))
			.isEqualTo(new DefinitionSql(Kind.DROP_INDEX, null, "i", null));
		assertThat(DefinitionSql.parse("REINDEX main.i")).isEqualTo(new DefinitionSql(Kind.REINDEX, "main", "i", null));
		assertThat(DefinitionSql.parse("ALTER TABLE main.t DROP COLUMN c"))
			.isEqualTo(new DefinitionSql(Kind.DROP_COLUMN, "main", "t", "c"));
		assertThat(DefinitionSql.parse("ALTER TABLE t DROP c"))
			.isEqualTo(new DefinitionSql(Kind.DROP_COLUMN, null, "t", "c"));
		assertThat(DefinitionSql.parse("CREATE UNIQUE INDEX IF NOT EXISTS main.i ON t (a)"))
			.isEqualTo(new DefinitionSql(Kind.CREATE_UNIQUE_INDEX, "main", "t", null));
		assertThat(DefinitionSql.parse("CREATE UNIQUE INDEX i ON [t] (a)"))
			.isEqualTo(new DefinitionSql(Kind.CREATE_UNIQUE_INDEX, null, "t", null));
		assertThat(DefinitionSql.parse("REINDEX;")).isEqualTo(new DefinitionSql(Kind.REINDEX, null, null, null));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ";", "REINDEX 1", "DROP VIEW v", "DROP TRIGGER t", "DROP", "DROP TABLE",
			"ALTER TABLE t", "ALTER TABLE t RENAME TO u", "ALTER TABLE t ADD c", "CREATE INDEX i ON t (a)",
			"CREATE TABLE t (a)", "SELECT 1", "CREATE UNIQUE INDEX i", "-- DROP TABLE t" })
	void definitionsThatAreNothingToThem(String sql) {
		assertThat(DefinitionSql.parse(sql)).isNull();
	}

	@Test
	void theBeamIsReadAndSet() {
		assertThat(VectorSql.isBeam("PRAGMA heliosdb_vector_beam")).isTrue();
		assertThat(VectorSql.beam("PRAGMA main.heliosdb_vector_beam;")).isNull();
		assertThat(VectorSql.beam("pragma HELIOSDB_vector_beam = 64")).isEqualTo("64");
		assertThat(VectorSql.beam("PRAGMA heliosdb_vector_beam(default)")).isEqualTo("default");
		assertThat(VectorSql.beam("PRAGMA heliosdb_vector_beam = ?1")).isEqualTo(1);
		assertThat(VectorSql.isBeam("SELECT 'PRAGMA heliosdb_vector_beam'")).isFalse();
	}

}
