package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.time.Duration;

import io.heliosdb.jdbc.Query;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link SlowQueryLogger}. */
@ExtendWith(OutputCaptureExtension.class)
class SlowQueryLoggerTests {

	private static final Query QUERY = new Query("SELECT *\n\tFROM city\n", "SELECT", "geo.db");

	private final SlowQueryLogger logger = new SlowQueryLogger(Duration.ofMillis(100));

	@Test
	void logsAQueryAtTheThreshold(CapturedOutput output) {
		execute(Duration.ofMillis(100), null);
		assertThat(output).contains("WARN").contains("io.heliosdb.slow-query").contains("Took 100 ms on geo.db");
	}

	@Test
	void logsTheSqlTextInOneLine(CapturedOutput output) {
		execute(Duration.ofMillis(250), null);
		assertThat(output).contains("Took 250 ms on geo.db: SELECT * FROM city" + System.lineSeparator());
	}

	@Test
	void doesNotLogAQueryBelowTheThreshold(CapturedOutput output) {
		execute(Duration.ofMillis(100).minusNanos(1), null);
		assertThat(output).isEmpty();
	}

	@Test
	void tellsThatAQueryFailed(CapturedOutput output) {
		execute(Duration.ofSeconds(5), new SQLException("interrupted"));
		assertThat(output).contains("Failed after 5000 ms on geo.db: SELECT * FROM city");
	}

	private void execute(Duration duration, SQLException failure) {
		this.logger.queryFinished(QUERY, this.logger.queryStarted(QUERY), duration.toNanos(), failure);
	}

}
