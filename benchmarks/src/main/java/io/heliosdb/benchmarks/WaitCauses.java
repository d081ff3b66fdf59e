package io.heliosdb.benchmarks;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What writers are at while a transaction of theirs takes long, by looking at their
 * stacks every few milliseconds.
 */
final class WaitCauses {

	/** How often to look, and how long a transaction goes on before it is looked at. */
	private static final long INTERVAL_MILLIS = 2;

	private static final long SHORTEST_NANOS = 10_000_000;

	/** What a writer is at. */
	enum Cause {

		/** Slowed down, as the history does not keep up. */
		HISTORY("slowed down by the history"),

		/**
		 * Another writer has the turn, or the checkpoint, which captures with history.
		 */
		TURN("waiting for the turn"),

		/** In SQLite or the system, or without a processor. */
		WORK("at work: disk or machine");

		private final String title;

		Cause(String title) {
			this.title = title;
		}

		String title() {
			return this.title;
		}

		private static Cause of(StackTraceElement[] stack) {
			for (StackTraceElement frame : stack) {
				if (frame.getClassName().equals("io.heliosdb.jdbc.Checkpointer")) {
					return HISTORY;
				}
				if (frame.getClassName().equals("io.heliosdb.jdbc.WriterQueue")) {
					return TURN;
				}
			}
			return WORK;
		}

	}

	private final AtomicLongArray nanos = new AtomicLongArray(Cause.values().length);

	private final List<Writer> writers = new CopyOnWriteArrayList<>();

	/** The transactions of the current thread. */
	Writer writer() {
		Writer writer = new Writer(Thread.currentThread());
		this.writers.add(writer);
		return writer;
	}

	/** Looks once at all writers, and waits until it is time to look again. */
	void look() throws InterruptedException {
		Thread.sleep(INTERVAL_MILLIS);
		for (Writer writer : this.writers) {
			writer.look();
		}
	}

	/**
	 * The time that was seen of what long transactions were at.
	 * @return nanoseconds by cause
	 */
	Map<Cause, Long> nanos() {
		Map<Cause, Long> result = new EnumMap<>(Cause.class);
		for (Cause cause : Cause.values()) {
			result.put(cause, this.nanos.get(cause.ordinal()));
		}
		return Collections.unmodifiableMap(result);
	}

	/** A thread that writes. */
	final class Writer {

		private static final long NONE = Long.MIN_VALUE;

		private final Thread thread;

		private volatile long began = NONE;

		/** Until when the transaction has been looked at; used by one thread. */
		private long lookedAt;

		private Writer(Thread thread) {
			this.thread = thread;
		}

		void begin(long now) {
			this.began = now;
		}

		void end() {
			this.began = NONE;
		}

		private void look() {
			long since = this.began;
			long now = System.nanoTime();
			if (since == NONE || now - since < SHORTEST_NANOS) {
				return;
			}
			Cause cause = Cause.of(this.thread.getStackTrace());
			if (this.began == since) {
				long from = (this.lookedAt - since > 0) ? this.lookedAt : since;
				WaitCauses.this.nanos.addAndGet(cause.ordinal(), now - from);
				this.lookedAt = now;
			}
		}

	}

}
