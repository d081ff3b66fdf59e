package io.heliosdb.jdbc;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The turn to write to one database. SQLite has one writer at a time and tells the others
 * that it is busy; here they wait for their turn without spinning.
 * <p>
 * A turn that is given up goes to whoever asks first, as handing it to a sleeping thread
 * would leave the database idle until that thread is awake; but the thread that waited
 * longest gets the turn directly once it has waited for {@link #PATIENCE_NANOS}, so that
 * nobody starves. (The scheme of the Go runtime's mutex, with its normal and starvation
 * mode.) A turn belongs to a connection, not to a thread: another thread may give it up.
 */
final class WriterQueue {

	/** A wait after which a waiter is handed the next turn. */
	private static final long PATIENCE_NANOS = 5_000_000;

	private final AtomicBoolean taken = new AtomicBoolean();

	private final ConcurrentLinkedDeque<Waiter> waiters = new ConcurrentLinkedDeque<>();

	/** How a wait ended. */
	enum Outcome {

		GRANTED, TIMED_OUT, CANCELLED, INTERRUPTED

	}

	/**
	 * Takes the turn if nobody has it.
	 * @return whether it was taken
	 */
	boolean tryAcquire() {
		return !this.taken.get() && this.taken.compareAndSet(false, true);
	}

	/**
	 * Waits for the turn.
	 * @param waiter a new waiter, by which another thread may cancel the wait
	 * @param timeoutNanos longest wait
	 * @return how it ended; only {@code GRANTED} gives the turn
	 */
	Outcome acquire(Waiter waiter, long timeoutNanos) {
		long deadline = waiter.since + timeoutNanos;
		this.waiters.add(waiter);
		while (true) {
			waiter.woken = false;
			if (waiter.outcome.get() != null) {
				break;
			}
			if (this.waiters.peek() == waiter && tryAcquire()) {
				if (waiter.outcome.compareAndSet(null, Outcome.GRANTED)) {
					break;
				}
				release();
				break;
			}
			long remaining = deadline - System.nanoTime();
			if (remaining <= 0) {
				waiter.end(Outcome.TIMED_OUT);
			}
			else if (Thread.currentThread().isInterrupted()) {
				waiter.end(Outcome.INTERRUPTED);
			}
			else {
				LockSupport.parkNanos(this, remaining);
			}
		}
		this.waiters.remove(waiter);
		Outcome outcome = waiter.outcome.get();
		if (outcome != Outcome.GRANTED && !this.taken.get()) {
			wakeFirst();
		}
		return outcome;
	}

	/** Gives up the turn. */
	void release() {
		Waiter first = this.waiters.peek();
		if (first != null && System.nanoTime() - first.since > PATIENCE_NANOS
				&& first.outcome.compareAndSet(null, Outcome.GRANTED)) {
			LockSupport.unpark(first.thread);
			return;
		}
		this.taken.set(false);
		wakeFirst();
	}

	/** One thread at a time is on its way: waking it again would only cost. */
	private void wakeFirst() {
		Waiter first = this.waiters.peek();
		if (first != null && !first.woken) {
			first.woken = true;
			LockSupport.unpark(first.thread);
		}
	}

	/** A thread that waits. */
	static final class Waiter {

		private final Thread thread = Thread.currentThread();

		private final long since = System.nanoTime();

		private final AtomicReference<Outcome> outcome = new AtomicReference<>();

		private volatile boolean woken;

		/** Ends the wait from another thread, unless it has ended. */
		void cancel() {
			end(Outcome.CANCELLED);
			LockSupport.unpark(this.thread);
		}

		private void end(Outcome reason) {
			this.outcome.compareAndSet(null, reason);
		}

	}

}
