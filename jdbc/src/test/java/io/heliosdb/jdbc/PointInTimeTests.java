package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PointInTimeTests {

	private static final Instant INSTANT = Instant.parse("2026-11-22T10:15:00.123456Z");

	@Test
	void readsTheFormsOfTheConnectionParameter() throws SQLException {
		assertThat(PointInTime.parse("scn:42")).isEqualTo(PointInTime.scn(42));
		assertThat(PointInTime.parse("tag:before import")).isEqualTo(PointInTime.tag("before import"));
		assertThat(PointInTime.parse(" now ")).isEqualTo(PointInTime.now());
		assertThat(PointInTime.parse("OLDEST")).isEqualTo(PointInTime.oldest());
		assertThat(PointInTime.parse("2026-11-22T10:15:00.123456Z")).isEqualTo(PointInTime.of(INSTANT));
		assertThat(PointInTime.parse("2026-11-22T11:15:00.123456+01:00")).isEqualTo(PointInTime.of(INSTANT));
	}

	@Test
	void timeWithoutAnOffsetIsUtc() throws SQLException {
		assertThat(PointInTime.parse("2026-11-22 10:15:00.123456")).isEqualTo(PointInTime.of(INSTANT));
		assertThat(PointInTime.parse("2026-11-22")).isEqualTo(PointInTime.of(Instant.parse("2026-11-22T00:00:00Z")));
	}

	@Test
	void anyOtherTextIsATag() throws SQLException {
		assertThat(PointInTime.parse("before-import")).isEqualTo(PointInTime.tag("before-import"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "2026-13-45", "42", "scn:", "scn:x", "tag:", "10:15:00" })
	void textThatIsNoPointIsRefused(String text) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> PointInTime.parse(text))
			.withMessageContaining("'" + text + "'")
			.withMessageContaining("scn:")
			.extracting(SQLException::getSQLState)
			.isEqualTo("22023");
	}

	@Test
	void textOfAPointIsReadBackAsThatPoint() throws SQLException {
		for (PointInTime point : new PointInTime[] { PointInTime.of(INSTANT), PointInTime.scn(7),
				PointInTime.tag("a b"), PointInTime.now(), PointInTime.oldest() }) {
			assertThat(PointInTime.parse(point.toString())).isEqualTo(point).hasSameHashCodeAs(point);
		}
	}

	@Test
	void pointsThatDifferAreNotEqual() {
		assertThat(PointInTime.scn(1)).isNotEqualTo(PointInTime.scn(2)).isNotEqualTo(PointInTime.tag("1"));
		assertThat(PointInTime.oldest()).isNotEqualTo(PointInTime.now());
	}

	@Test
	void agoRefusesTheFuture() {
		assertThatIllegalArgumentException().isThrownBy(() -> PointInTime.ago(Duration.ofSeconds(-1)))
			.withMessageContaining("PT-1S");
	}

}
