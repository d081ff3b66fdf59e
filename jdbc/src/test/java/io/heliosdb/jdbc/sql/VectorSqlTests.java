package io.heliosdb.jdbc.sql;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** How distances and definitions of vectors are read, and that all else is left alone. */
class VectorSqlTests {

	@ParameterizedTest
	@CsvSource(delimiterString = " => ", quoteCharacter = '`', value = { "SELECT a <-> b => SELECT L2(a , b)",
			"SELECT a<->b,a<=>b,a<#>b,a<+>b => SELECT L2(a,b),COS(a,b),IP(a,b),L1(a,b)",
			"SELECT a <-> ? AS d FROM t WHERE b <=> :q < 0.5 => SELECT L2(a , ?) AS d FROM t WHERE COS(b , :q) < 0.5",
			"SELECT d.a <-> main.t.b => SELECT L2(d.a , main.t.b)", "SELECT 1 - (a <=> ?) => SELECT 1 - (COS(a , ?))",
			"SELECT 1 - a <=> ? => SELECT COS(1 - a , ?)", "SELECT a + b <-> c * 2 => SELECT L2(a + b , c * 2)",
			"SELECT a <-> b < c <-> d => SELECT L2(a , b) < L2(c , d)",
			"SELECT a <-> b > 2 AND NOT c <-> d = 1 OR 1 => SELECT L2(a , b) > 2 AND NOT L2(c , d) = 1 OR 1",
			"SELECT a <-> b BETWEEN 1 AND c <-> d => SELECT L2(a , b) BETWEEN 1 AND L2(c , d)",
			"SELECT a <-> b <-> c => SELECT L2(L2(a , b) , c)",
			"SELECT a <-> - - b, -a <-> b, 1 - -a <-> ~b, x < -a <-> b "
					+ "=> SELECT L2(a , - - b), L2(-a , b), L2(1 - -a , ~b), x < L2(-a , b)",
			"SELECT a || b <-> c -> '$.x' ->> 'y' || d => SELECT L2(a || b , c -> '$.x' ->> 'y' || d)",
			"SELECT a ->> 'v' <-> b << 2 >> 1 & 3 | 4 => SELECT L2(a ->> 'v' , b << 2 >> 1 & 3 | 4)",
			"SELECT a >= b <-> c, a > b <-> c, a < b <-> c => SELECT a >= L2(b , c), a > L2(b , c), a < L2(b , c)",
			"SELECT f(a, b) <-> vec_f32(?) + 1 => SELECT L2(f(a, b) , vec_f32(?) + 1)",
			"SELECT (a) <-> (SELECT b FROM t LIMIT 1) FROM t => SELECT L2((a) , (SELECT b FROM t LIMIT 1)) FROM t",
			"SELECT 1 WHERE (a) <-> (b) < 1 AND(c)<->(d) => SELECT 1 WHERE L2((a) , (b)) < 1 AND L2((c),(d))",
			"SELECT x IN (1) <-> b => SELECT x IN L2((1) , b)",
			"SELECT CASE WHEN a THEN b ELSE c <-> d END <-> CASE x WHEN 1 THEN CASE 2 WHEN 3 THEN 4 END END + 1 AS e "
					+ "=> SELECT L2(CASE WHEN a THEN b ELSE L2(c , d) END , "
					+ "CASE x WHEN 1 THEN CASE 2 WHEN 3 THEN 4 END END + 1) AS e",
			"SELECT max(a) FILTER (WHERE b <-> c < 1) OVER (ORDER BY d) <-> sum(e) OVER w FROM t "
					+ "=> SELECT L2(max(a) FILTER (WHERE L2(b , c) < 1) OVER (ORDER BY d) , sum(e) OVER w) FROM t",
			"SELECT a COLLATE nocase <-> b COLLATE binary DESC => SELECT L2(a COLLATE nocase , b COLLATE binary) DESC",
			"SELECT \"a b\" <-> [c d], 'x' <-> x'00', 1.5e-3 <-> .5 "
					+ "=> SELECT L2(\"a b\" , [c d]), L2('x' , x'00'), L2(1.5e-3 , .5)",
			"SELECT CAST(a AS BLOB) <-> EXISTS (SELECT 1) => SELECT L2(CAST(a AS BLOB) , EXISTS (SELECT 1))",
			"SELECT ((a <-> (b <-> c)) + 1) <=> d => SELECT COS(((L2(a , (L2(b , c)))) + 1) , d)",
			"SELECT '<->' , \"<=>\" -- <#>¶, a <+> b /* <-> */ => SELECT '<->' , \"<=>\" -- <#>¶, L1(a , b) /* <-> */",
			"CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT a <-> b; SELECT c <=> d; END "
					+ "=> CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT L2(a , b); SELECT COS(c , d); END",
			"SELECT a <-> b; SELECT a <#> b => SELECT L2(a , b); SELECT IP(a , b)" })
	void distancesBecomeCalls(String sql, String expected) throws StatementSyntaxException {
		String plain = VectorSql.translate(sql.replace('¶', '\n'))
			.replace("vec_distance_l2", "L2")
			.replace("vec_distance_cosine", "COS")
			.replace("vec_distance_ip", "IP")
			.replace("vec_distance_l1", "L1");
		assertThat(plain).isEqualTo(expected.replace('¶', '\n'));
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT <-> b", "SELECT a <->", "SELECT a, <=> b", "SELECT a WHERE <-> b",
			"SELECT (a <->)", "SELECT a <-> FROM t", "SELECT a < <-> b", "SELECT a <-> * b" })
	void anOperatorWithoutAnOperandIsAnError(String sql) {
		assertThatExceptionOfType(StatementSyntaxException.class).isThrownBy(() -> VectorSql.translate(sql))
			.withMessageMatching("The operator <[-=]> needs a vector (before|behind) it \\(at offset \\d+ of: .*");
	}

	@ParameterizedTest
	@CsvSource(delimiterString = " => ", quoteCharacter = '`',
			value = {
					"CREATE INDEX i ON docs USING vector (embedding) "
							+ "=> CREATE VIRTUAL TABLE i USING M(table=\"docs\", column=\"embedding\", metric=l2)",
					"create index if not exists main.[my i] on \"do\"\"cs\" using HNSW(`e` vector_cosine_ops) "
							+ "=> CREATE VIRTUAL TABLE if not exists main.[my i] "
							+ "USING M(table=\"do\"\"cs\", column=\"e\", metric=cosine)",
					"CREATE INDEX i ON t USING ivfflat (e VECTOR_IP_OPS) WITH (lists = 100, Mode = Fast, x='Y') "
							+ "=> CREATE VIRTUAL TABLE i "
							+ "USING M(table=\"t\", column=\"e\", metric=ip, lists=100, mode=\"fast\", x=\"y\")",
					"CREATE INDEX i ON t USING vector (e); SELECT a <-> b "
							+ "=> CREATE VIRTUAL TABLE i USING M(table=\"t\", column=\"e\", metric=l2); "
							+ "SELECT vec_distance_l2(a , b)" })
	void anIndexBecomesAVirtualTable(String sql, String expected) throws StatementSyntaxException {
		assertThat(VectorSql.translate(sql).replace(VectorSql.INDEX_MODULE, "M")).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource(delimiterString = " => ", quoteCharacter = '`',
			value = { "CREATE UNIQUE INDEX i ON t USING vector (e) => cannot be UNIQUE",
					"CREATE INDEX i ON t USING btree (e) => An index is USING vector",
					"CREATE INDEX i ON t USING vector e => needs its column in parentheses",
					"CREATE INDEX i ON t USING vector (e vector_l3_ops) => There is no operator class vector_l3_ops",
					"CREATE INDEX i ON t USING vector (e, f) => has one column",
					"CREATE INDEX i ON t USING vector (lower(e)) => has one column",
					"CREATE INDEX i ON t USING vector (e) WHERE e > 1 => cannot be partial",
					"CREATE INDEX i ON t USING vector (e) TABLESPACE x => does not belong",
					"CREATE INDEX i ON t USING vector (e) WITH beam = 4 => WITH needs options",
					"CREATE INDEX i ON t USING vector (e) WITH (beam) => WITH needs options",
					"CREATE INDEX i ON t USING vector (e) WITH (beam = 4 => not closed",
					"CREATE INDEX i ON t USING vector (e) WITH (beam = 4 lists = 5) => WITH needs options" })
	void anIndexThatCannotBeIsAnError(String sql, String message) {
		assertThatExceptionOfType(StatementSyntaxException.class).isThrownBy(() -> VectorSql.translate(sql))
			.withMessageContaining(message)
			.withMessageContaining("at offset ");
	}

	@Test
	void aColumnOfADeclaredNumberOfDimensionsGetsAConstraint() throws StatementSyntaxException {
		String check = " CONSTRAINT \"VECTOR(3) e\" CHECK (CASE typeof(\"e\") WHEN 'null' THEN 1 WHEN 'blob' "
				+ "THEN length(\"e\") = 12 WHEN 'text' THEN CASE WHEN json_valid(\"e\") THEN "
				+ "json_array_length(\"e\") = 3 ELSE 0 END ELSE 0 END)";
		assertThat(VectorSql.translate("CREATE TABLE t (id INTEGER, e VECTOR(3) NOT NULL, f VECTOR, CHECK (e IN (1)))"))
			.isEqualTo("CREATE TABLE t (id INTEGER, e VECTOR(3)" + check + " NOT NULL, f VECTOR, CHECK (e IN (1)))");
		assertThat(VectorSql.translate("create temp table if not exists main.t(e vector(3))"))
			.isEqualTo("create temp table if not exists main.t(e vector(3)" + check + ")");
		assertThat(VectorSql.translate("ALTER TABLE t ADD e VECTOR(3) DEFAULT NULL"))
			.isEqualTo("ALTER TABLE t ADD e VECTOR(3)" + check + " DEFAULT NULL");
		assertThat(VectorSql.translate("ALTER TABLE t ADD COLUMN e VECTOR(3)"))
			.isEqualTo("ALTER TABLE t ADD COLUMN e VECTOR(3)" + check);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT a <-1", "SELECT a < -b, a <- 1 > 2", "SELECT a <= b, a <> b, a >= b",
			"SELECT a -> '$.x', a ->> 'x', a<b->'x'", "SELECT a < + b > c", "SELECT a <--comment >\n b",
			"SELECT '<->', \"a<=>b\", [<#>], `<+>`", "/* a <-> b */ SELECT 1 -- a <-> b", "SELECT a < - > b",
			"SELECT * FROM vector JOIN hnsw USING (vector)", "CREATE INDEX vector ON hnsw (using)",
			"CREATE TABLE t (vector, vector2 INTEGER)", "CREATE VIRTUAL TABLE v USING vec0(e float[3])",
			"CREATE TABLE t AS SELECT a FROM b", "CREATE TRIGGER vector AFTER INSERT ON t BEGIN SELECT 1; END" })
	void whatSqliteKnowsIsLeftAlone(String sql) throws StatementSyntaxException {
		assertThat(VectorSql.translate(sql)).isSameAs(sql);
	}

	@Test
	void anyStatementOfSqlitesOwnIsLeftAlone() throws Exception {
		Random random = new Random(4);
		int accepted = 0;
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite::memory:")) {
			stock.createStatement().execute("CREATE TABLE vector (ivf, hnsw, index_ TEXT, vector)");
			for (int i = 0; i < 20_000; i++) {
				String sql = "SELECT " + expression(random, 3) + " FROM vector"
						+ any(random, "", " JOIN vector USING (vector)", " hnsw CROSS JOIN vector ivf") + " WHERE "
						+ expression(random, 3) + " ORDER BY " + expression(random, 2);
				if (accepts(stock, sql)) {
					accepted++;
					assertThat(VectorSql.translate(sql)).isSameAs(sql);
				}
			}
		}
		assertThat(accepted).isGreaterThan(5_000);
	}

	/**
	 * The oracle is SQLite: any operator that binds closer than a comparison stands in
	 * for the distance, with parentheses where the precedence puts them.
	 */
	@Test
	void operandsAreThoseOfAnOperatorBetweenBitsAndComparison() throws Exception {
		Random random = new Random(5);
		List<String> operators = List.of("<->", "<=>", "<#>", "<+>");
		try (Connection stock = DriverManager.getConnection("jdbc:sqlite::memory:")) {
			stock.createStatement().execute("CREATE TABLE vector (ivf, hnsw, index_ TEXT, vector)");
			for (int i = 0; i < 5_000; i++) {
				String left = operand(random, 2);
				String right = operand(random, 2);
				String before = any(random, "", "1 < ", "NOT ", "1 AND ", "ivf = ", "1 BETWEEN 0 AND ", "1 IS NOT ");
				String behind = any(random, "", " < 1", " AND 1", " IS NULL", " NOT IN (1, 2)", " BETWEEN 1 AND 2",
						" >= 2", " <> 3", " ISNULL", " LIKE 'x'");
				String sql = "SELECT " + before + left + " " + operators.get(i % 4) + " " + right + behind
						+ " FROM vector";
				String expected = "SELECT " + before + "f(" + left + " , " + right + ")" + behind + " FROM vector";
				assertThat(VectorSql.translate(sql).replaceAll("vec_distance_\\w+", "f")).isEqualTo(expected);
				assertThat(accepts(stock, expected.replace("f(", "max("))).as(expected).isTrue();
			}
		}
	}

	private static boolean accepts(Connection stock, String sql) {
		try (var statement = stock.prepareStatement(sql)) {
			return statement.getParameterMetaData() != null;
		}
		catch (SQLException ex) {
			return false;
		}
	}

	private static String any(Random random, String... choices) {
		return choices[random.nextInt(choices.length)];
	}

	/** Anything that binds closer than a comparison. */
	private static String operand(Random random, int depth) {
		String primary = any(random, "ivf", "vector.hnsw", "1", ".5e-3", "'<->'", "x'00'", "\"vector\"", "[hnsw]",
				"(1 < 2)", "max(1, ivf)", "(SELECT 1 WHERE 1 < 2)", "CASE WHEN 1 < 2 THEN 3 ELSE 4 END", "NULL",
				"CAST(1 AS TEXT)", "count(*) FILTER (WHERE 1 < 2) OVER (ORDER BY 1)");
		String signed = any(random, "", "", "", "-", "+ ", "~", "- - ") + primary;
		if (depth == 0 || random.nextInt(3) == 0) {
			return signed;
		}
		return signed + any(random, " + ", "-", " || ", "*", "/ ", " % ", " << ", ">>", " & ", "|", " -> ", "->>")
				+ operand(random, depth - 1).replaceFirst("^-", "(1)-");
	}

	private static String expression(Random random, int depth) {
		if (depth == 0) {
			return any(random, "ivf", "hnsw", "vector.vector", "1", "-1", "'<->'", "\"vector\"", "[hnsw]", "?",
					":vector", "x'00'", "1.5e-3");
		}
		String left = expression(random, depth - 1);
		String right = expression(random, depth - 1);
		return switch (random.nextInt(6)) {
			case 0 -> "(" + left + ")";
			case 1 -> left + any(random, " /* <-> */ ", " -- <=>\n") + "+ " + right;
			case 2 -> "max(" + left + "," + right + ")";
			case 3 -> "CASE WHEN " + left + " THEN " + right + " END";
			default -> left
					+ any(random, "<", ">", "<=", ">=", "<>", "=", "==", "!=", "<<", ">>", "->", "->>", "< ", " <-",
							"<+", "<~", " + ", " - ", "||", "&", "|", " AND ", " OR ", " IS NOT ", " IN (1) < ")
					+ right;
		};
	}

}
