package io.heliosdb.jdbc;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The thread that makes commits durable ahead of captures. */
class WalSyncTests {

	private static final String THREAD = "heliosdb-sync test.db";

	@TempDir
	private Path directory;

	private static boolean isThere() {
		return Thread.getAllStackTraces().keySet().stream().anyMatch((thread) -> thread.getName().equals(THREAD));
	}

	@Test
	void isThereOnceManyCommitsWaitAndGoesWithTheDatabase() throws Exception {
		try (Connection connection = Sql.open(this.directory)) {
			Sql.update(connection, "CREATE TABLE t (a)");
			assertThat(isThere()).isFalse();
			long rows = 0;
			while (!isThere()) {
				// More than a checkpoint is due for, in one commit.
				Sql.update(connection,
						"WITH RECURSIVE c(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM c WHERE x < 6000) "
								+ "INSERT INTO t SELECT randomblob(4000) FROM c");
				rows += 6000;
			}
			assertThat(Sql.number(connection, "SELECT count(*) FROM t AS OF NOW")).isEqualTo(rows);
			assertThat(Sql.number(connection, "SELECT count(*) FROM t AS OF SCN 2")).isEqualTo(6000);
		}
		assertThat(isThere()).isFalse();
	}

	@Test
	void opensNothingUntilItIsNeededNorAfterItWasClosed() {
		AtomicInteger opened = new AtomicInteger();
		WalSync sync = new WalSync(() -> {
			opened.incrementAndGet();
			throw new SQLException("not to be opened");
		}, "test.db");
		sync.close();
		sync.request();
		assertThat(opened).hasValue(0);
		assertThat(isThere()).isFalse();
	}

	@Test
	void triesAgainAfterItCouldNotOpenAConnection() throws Exception {
		CountDownLatch attempts = new CountDownLatch(3);
		WalSync sync = new WalSync(() -> {
			attempts.countDown();
			throw new SQLException("cannot be opened");
		}, "test.db");
		Background.await(() -> {
			sync.request();
			return attempts.getCount() == 0;
		});
		assertThat(attempts.await(0, TimeUnit.SECONDS)).isTrue();
		sync.close();
		assertThat(isThere()).isFalse();
	}

}
