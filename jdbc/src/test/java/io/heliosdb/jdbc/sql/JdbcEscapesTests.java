package io.heliosdb.jdbc.sql;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests for {@link JdbcEscapes}. */
class JdbcEscapesTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					SELECT {d '2026-11-22'}                     | SELECT '2026-11-22'
					SELECT {ts'2026-11-22 10:15:00'}            | SELECT '2026-11-22 10:15:00'
					SELECT { T '10:15:00' }                     | SELECT '10:15:00'
					SELECT {fn ucase({fn concat('a', b)})} FROM t | SELECT upper( concat('a', b)) FROM t
					SELECT {fn abs(-1)}                         | SELECT abs(-1)
					SELECT {fn now()}, {fn CURDATE ( )}         | SELECT CURRENT_TIMESTAMP, CURRENT_DATE
					SELECT * FROM {oj a LEFT OUTER JOIN {oj b LEFT OUTER JOIN c ON 1} ON 2} | SELECT * FROM a LEFT OUTER JOIN b LEFT OUTER JOIN c ON 1 ON 2
					SELECT 1 WHERE a LIKE '!%' {escape '!'}     | SELECT 1 WHERE a LIKE '!%' escape '!'
					SELECT 1 {limit 10 offset ?}                | SELECT 1 limit 10 offset ?
					SELECT '{d}', "{fn", [{oj] -- {x            | SELECT '{d}', "{fn", [{oj] -- {x
					SELECT '{"a":1}' -> 'a' /* {ts */           | SELECT '{"a":1}' -> 'a' /* {ts */
					""")
	void become(String sql, String expected) throws SQLException {
		assertThat(JdbcEscapes.translate(sql).replaceAll("\\s+", " ").trim()).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT {", "SELECT {}", "SELECT {d '2026'", "SELECT {x 1}", "{fn", "{oj {fn abs(1)}" })
	void thatAreNoneAreSyntaxErrors(String sql) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> JdbcEscapes.translate(sql))
			.returns("42000", SQLException::getSQLState)
			.withMessageContaining("offset");
	}

	@Test
	void callNoProcedures() {
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
			.isThrownBy(() -> JdbcEscapes.translate("{call f(1)}"));
		assertThatExceptionOfType(SQLFeatureNotSupportedException.class)
			.isThrownBy(() -> JdbcEscapes.translate("{? = call f(1)}"));
	}

	@Test
	void textWithoutBracesIsTheSame() throws SQLException {
		String sql = "SELECT 1";
		assertThat(JdbcEscapes.translate(sql)).isSameAs(sql);
	}

}
