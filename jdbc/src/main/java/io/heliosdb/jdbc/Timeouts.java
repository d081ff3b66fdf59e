package io.heliosdb.jdbc;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clock that ends executions which take too long. One thread serves all of them. */
final class Timeouts {

	private static final ScheduledThreadPoolExecutor CLOCK = new ScheduledThreadPoolExecutor(1, (task) -> {
		Thread thread = new Thread(task, "heliosdb-timeouts");
		thread.setDaemon(true);
		return thread;
	});

	static {
		CLOCK.setRemoveOnCancelPolicy(true);
		CLOCK.setKeepAliveTime(10, TimeUnit.SECONDS);
		CLOCK.allowCoreThreadTimeOut(true);
	}

	private Timeouts() {
	}

	static Future<?> schedule(Runnable task, long millis) {
		return CLOCK.schedule(task, millis, TimeUnit.MILLISECONDS);
	}

}
