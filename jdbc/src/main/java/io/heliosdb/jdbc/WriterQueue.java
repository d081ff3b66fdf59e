package io.heliosdb.jdbc;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The turn to write to one database. SQLite has one writer at a time and tells the others
 * that it is busy; here they wait for their turn without spinning.
 * <p>
 * Changing the writer is expensive: it takes a thread's wake-up, and the new writer's
 * connection has to read anew what the last one changed. So a turn that is given up is
 * free for the thread that just had it and goes on writing, for a slice of
 * {@link #SLICE_NANOS}; then it is handed to the one that has waited longest, so that
 * nobody starves. The first that waits looks at short intervals whether the turn lies
 * idle, and takes it then. A turn that lasts longer than an interval is not looked after:
 * giving it up wakes the first that waits. What cannot be put off waits for no slice.
 * <p>
 * A turn belongs to a connection, not to a thread: another thread may give it up.
 */
final class WriterQueue {

	/** How long others wait, at least, while a thread goes on writing. */
	private static final long SLICE_NANOS = 5_000_000;

	/** How often the first that waits looks whether short turns have come to an end. */
	private static final long INTERVAL_NANOS = 50_000;

	private static final long NOT_SEEN = -1;

	/** Odd while somebody has the turn; grows with each change. */
	private final AtomicLong turn = new AtomicLong();

	private final ConcurrentLinkedDeque<Waiter> waiters = new ConcurrentLinkedDeque<>();

	/** When the turn was last handed over. */
	private volatile long sliceStart = System.nanoTime();

	/** Whether the first that waits sleeps until it is woken. */
	private volatile boolean firstSleeps;

	/** How a wait ended. */
	enum Outcome {

		GRANTED, TIMED_OUT, CANCELLED, INTERRUPTED

	}

	/**
	 * Takes the turn if nobody has it.
	 * @return whether it was taken
	 */
	boolean tryAcquire() {
		long current = this.turn.get();
		return !isTaken(current) && this.turn.compareAndSet(current, current + 1);
	}

	private static boolean isTaken(long turn) {
		return (turn & 1) != 0;
	}

	/**
	 * Waits for the turn.
	 * @param waiter a new waiter, by which another thread may cancel the wait
	 * @param timeoutNanos longest wait
	 * @return how it ended; only {@code GRANTED} gives the turn
	 */
	Outcome acquire(Waiter waiter, long timeoutNanos) {
		this.waiters.addLast(waiter);
		return await(waiter, timeoutNanos);
	}

	/**
	 * Waits for the turn before all others who wait, for what cannot be put off. It is
	 * handed over as soon as it is given up.
	 * @param waiter a new waiter
	 * @param timeoutNanos longest wait
	 * @return how it ended; only {@code GRANTED} gives the turn
	 */
	Outcome acquireFirst(Waiter waiter, long timeoutNanos) {
		waiter.urgent = true;
		this.waiters.addFirst(waiter);
		return await(waiter, timeoutNanos);
	}

	private Outcome await(Waiter waiter, long timeoutNanos) {
		long deadline = waiter.since + timeoutNanos;
		long lastTurn = NOT_SEEN;
		while (waiter.outcome.get() == null) {
			boolean first = this.waiters.peek() == waiter;
			long current = this.turn.get();
			boolean unchanged = current == lastTurn;
			boolean sleeps = first && unchanged && isTaken(current);
			if (sleeps) {
				this.firstSleeps = true;
			}
			// A turn that came and went since the last look is in use by one who goes on.
			if (first && (unchanged || lastTurn == NOT_SEEN) && tryAcquire()) {
				if (!waiter.end(Outcome.GRANTED)) {
					release();
				}
				break;
			}
			lastTurn = (first && !sleeps) ? current : NOT_SEEN;
			long remaining = deadline - System.nanoTime();
			if (remaining <= 0) {
				waiter.end(Outcome.TIMED_OUT);
			}
			else if (Thread.currentThread().isInterrupted()) {
				waiter.end(Outcome.INTERRUPTED);
			}
			else {
				LockSupport.parkNanos(this, (first && !sleeps) ? Math.min(remaining, INTERVAL_NANOS) : remaining);
			}
		}
		this.waiters.remove(waiter);
		wakeFirst();
		return waiter.outcome.get();
	}

	/** Gives up the turn. */
	void release() {
		Waiter first = this.waiters.peek();
		if (first != null && (first.urgent || isSliceOver(first)) && first.end(Outcome.GRANTED)) {
			this.turn.addAndGet(2);
			LockSupport.unpark(first.thread);
			return;
		}
		this.turn.incrementAndGet();
		if (this.firstSleeps) {
			wakeFirst();
		}
	}

	private boolean isSliceOver(Waiter first) {
		long now = System.nanoTime();
		if (now - first.since <= SLICE_NANOS || now - this.sliceStart <= SLICE_NANOS) {
			return false;
		}
		this.sliceStart = now;
		return true;
	}

	/** Whoever is first now has to look after the turn. */
	private void wakeFirst() {
		this.firstSleeps = false;
		Waiter first = this.waiters.peek();
		if (first != null) {
			LockSupport.unpark(first.thread);
		}
	}

	/** A thread that waits. */
	static final class Waiter {

		private final Thread thread = Thread.currentThread();

		private final long since = System.nanoTime();

		/** Set before others see the waiter. */
		private boolean urgent;

		private final AtomicReference<Outcome> outcome = new AtomicReference<>();

		/** Ends the wait from another thread, unless it has ended. */
		void cancel() {
			end(Outcome.CANCELLED);
			LockSupport.unpark(this.thread);
		}

		private boolean end(Outcome reason) {
			return this.outcome.compareAndSet(null, reason);
		}

	}

}
