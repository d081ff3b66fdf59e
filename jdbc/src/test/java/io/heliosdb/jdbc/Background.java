package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A call on a thread of its own. Where the thread is, its stack tells: so a test can wait
 * until it is where something is to be done to it.
 *
 * @param <T> what the call returns
 */
final class Background<T> {

	private static final long DEADLINE_SECONDS = 60;

	private final FutureTask<T> task;

	private final Thread thread;

	private Background(Callable<T> call) {
		this.task = new FutureTask<>(call);
		this.thread = new Thread(this.task, "test-background");
		this.thread.setDaemon(true);
	}

	static <T> Background<T> start(Callable<T> call) {
		Background<T> background = new Background<>(call);
		background.thread.start();
		return background;
	}

	/** Waits until the thread is in SQLite. */
	Background<T> awaitExecuting() {
		return awaitIn("io.heliosdb.engine.NativeCalls");
	}

	/** Waits until the thread waits for the turn to write. */
	Background<T> awaitWaitingForWriter() {
		return awaitIn("io.heliosdb.jdbc.WriterQueue");
	}

	/** Waits until the thread sleeps. */
	Background<T> awaitParked() {
		return awaitIn("java.util.concurrent.locks.LockSupport");
	}

	private Background<T> awaitIn(String className) {
		await(() -> this.task.isDone() || Arrays.stream(this.thread.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals(className)));
		return this;
	}

	boolean isDone() {
		return this.task.isDone();
	}

	void interrupt() {
		this.thread.interrupt();
	}

	/** The call's result, or what it threw. */
	T result() throws Exception {
		return resultWithin(DEADLINE_SECONDS);
	}

	T resultWithin(long seconds) throws Exception {
		try {
			return this.task.get(seconds, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof Exception cause) {
				throw cause;
			}
			throw ex;
		}
	}

	static void await(BooleanSupplier condition) {
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > deadline) {
				throw new AssertionError("Not within " + DEADLINE_SECONDS + " s");
			}
			LockSupport.parkNanos(100_000);
		}
	}

}
