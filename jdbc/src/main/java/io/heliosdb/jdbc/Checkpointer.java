package io.heliosdb.jdbc;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * Moves pages from a database's WAL to its file, and the commits in it to the history, on
 * a thread of its own, so that no writer pays for it with its commit. The same thread
 * lets the history expire, in small steps.
 * <p>
 * Usually it works beside the writers. While they go on writing it never gets to the end
 * of the WAL, and only a WAL that is wholly in the database starts anew; so when the WAL
 * has become long, it takes the writers' turn for the last part. Nor does a WAL start
 * anew that somebody reads from: with the turn it also waits, a little, for those who
 * began to read before all was in the database. Writers that go on adding commits faster
 * than the history can take them are slowed down, a moment for each commit, or neither
 * the WAL nor that last part would have a bound.
 */
final class Checkpointer implements AutoCloseable {

	/**
	 * Frames that no checkpoint has moved yet, from which on one is due; SQLite's
	 * default.
	 */
	static final int DUE_FRAMES = 1000;

	/**
	 * Frames from which on one is due even if the last one has just ended: each costs
	 * something for every page that changed, however often it did.
	 */
	private static final int OVERDUE_FRAMES = 8000;

	private static final long SHORTEST_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

	/** Frames in the WAL from which on the writers have to wait for a checkpoint. */
	static final int LONG_FRAMES = 16000;

	/** Frames that are captured at once while writers go on. */
	private static final long STEP_FRAMES = 16000;

	/** Frames that are worth a thread to make them durable. */
	private static final int MANY_FRAMES = 4000;

	/** Steps of one kind before something else is done. */
	private static final int MOST_STEPS = 100;

	/** How long capturing the last part may take, while writers wait. */
	private static final long LONGEST_TURN = TimeUnit.MILLISECONDS.toNanos(15);

	/** How long a checkpoint beside the writers may capture what is left to it. */
	private static final long LONGEST_BESIDE = TimeUnit.MILLISECONDS.toNanos(50);

	/** Frames in the WAL, from which on writers are slowed down if need be. */
	private static final int SLOW_FRAMES = 32000;

	/**
	 * What the WAL is long by for each millisecond that writers may have to wait until
	 * nobody reads from it.
	 */
	private static final int FRAMES_FOR_A_MILLISECOND = LONG_FRAMES / 5;

	private static final int LONGEST_WAIT_FOR_READERS = 1000;

	/** What a writer waits for after a commit: less is put off to the next. */
	private static final long SHORTEST_PAUSE = TimeUnit.MICROSECONDS.toNanos(200);

	private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(40);

	private static final long LONGEST_WAIT_FOR_TURN = TimeUnit.SECONDS.toNanos(5);

	/** For what else SQLite may have to wait for, in milliseconds. */
	private static final int BUSY_TIMEOUT = 5000;

	/** What failed is not tried again sooner. */
	private static final long PAUSE_AFTER_FAILURE = TimeUnit.SECONDS.toNanos(1);

	/** A failure that lasts is told of again. */
	private static final long REPEAT_WARNING = TimeUnit.HOURS.toNanos(1);

	private static final Logger LOGGER = System.getLogger(Checkpointer.class.getName());

	private final NativeConnection connection;

	private final WriterQueue writers;

	private final String name;

	private final Expiry expiry;

	private final WalSync walSync;

	private final Thread thread;

	private final Warnings checkpointWarnings = new Warnings("Checkpoint",
			"The write-ahead log keeps all commits meanwhile, and grows");

	private final Warnings expiryWarnings = new Warnings("Removing old history", "The history grows meanwhile");

	/** Read without the lock by those who commit; written with it. */
	private volatile boolean due;

	private volatile boolean overdue;

	/** When the next checkpoint may begin, and when history is to expire. */
	private long mayCheckpointAt = System.nanoTime();

	private long expireAt = System.nanoTime();

	private volatile boolean working;

	/** When the next checkpoint may begin unless it is overdue. */
	private long restUntil = System.nanoTime();

	/** Frames in the WAL, as of the last commit. */
	private final AtomicInteger walFrames = new AtomicInteger();

	/** Frames of the WAL that are not in the history, as of the last capture. */
	private long uncaptured;

	/** Frames that are, or -1 if a checkpoint has captured since then. */
	private long captured = -1;

	/** How long it takes to capture a frame. */
	private volatile long nanosPerFrame = 10_000;

	/**
	 * While frames are captured that have piled up: how much slower than capturing
	 * writers have to be. It grows until the pile gets smaller, and is 0 if it does
	 * without.
	 */
	private volatile int slowness;

	/** When the next commit is welcome, for those that are slowed down. */
	private final AtomicLong nextCommit = new AtomicLong(System.nanoTime());

	/** Frames from which on those who read from the WAL are waited for. */
	private int restartFrames = LONG_FRAMES;

	/** Frames of the WAL that are in the database, as of the last checkpoint. */
	private volatile int moved;

	private volatile boolean closed;

	/** What the thread does next. */
	private enum Work {

		CHECKPOINT, EXPIRE, END

	}

	/**
	 * How a history expires.
	 *
	 * @param retention how far back history is kept, zero for ever
	 * @param maxBytes bound of its size, by which it may have to expire with each
	 * capture; 0 for none
	 * @param listener is told after each step: points may be gone
	 */
	record Expiry(Duration retention, long maxBytes, Runnable listener) {

		private static final Duration SHORTEST_INTERVAL = Duration.ofSeconds(1);

		private static final Duration LONGEST_INTERVAL = Duration.ofMinutes(1);

		private static final long BYTES_FOR_A_FRAME = 65536;

		private static final long FEWEST_FRAMES = 100;

		boolean isBounded() {
			return this.maxBytes > 0;
		}

		/** Frames to capture at once: what the bound is a multiple of, at worst. */
		long stepFrames() {
			return isBounded() ? Math.max(FEWEST_FRAMES, Math.min(STEP_FRAMES, this.maxBytes / BYTES_FOR_A_FRAME))
					: STEP_FRAMES;
		}

		/** How often to look whether there is something to remove. */
		Duration interval() {
			Duration part = this.retention.dividedBy(20);
			if (this.retention.isZero() || part.compareTo(LONGEST_INTERVAL) > 0) {
				return LONGEST_INTERVAL;
			}
			return (part.compareTo(SHORTEST_INTERVAL) < 0) ? SHORTEST_INTERVAL : part;
		}

	}

	/**
	 * Starts the thread.
	 * @param connection a connection of the database that nobody else uses
	 * @param writers the turn to write
	 * @param name the database's name, for the thread's name and log messages
	 * @param expiry how its history expires, {@code null} if it has none
	 * @param opener opens another connection that nobody else uses
	 */
	Checkpointer(NativeConnection connection, WriterQueue writers, String name, Expiry expiry, WalSync.Opener opener) {
		this.connection = connection;
		this.connection.setBusyTimeout(BUSY_TIMEOUT);
		this.writers = writers;
		this.name = name;
		this.expiry = expiry;
		this.walSync = new WalSync(opener, name);
		this.thread = new Thread(this::run, "heliosdb-checkpoint " + name);
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/**
	 * Tells how long the WAL is, after a commit. Waits a moment if the history cannot
	 * keep up.
	 * @param frames frames in the WAL
	 */
	void committed(int frames) {
		if (frames < this.moved) {
			// The log has started anew.
			this.moved = 0;
		}
		int added = frames - this.moved;
		if (added >= DUE_FRAMES && !this.working && !(this.due && (added < OVERDUE_FRAMES || this.overdue))) {
			wake(added >= OVERDUE_FRAMES);
		}
		if (this.expiry != null) {
			slowDown(frames);
		}
	}

	private synchronized void wake(boolean overdue) {
		this.due = true;
		this.overdue = overdue;
		notifyAll();
	}

	private void run() {
		Work work = awaitWork();
		while (work != Work.END) {
			if (work == Work.CHECKPOINT) {
				checkpoint();
			}
			else {
				expire();
			}
			work = awaitWork();
		}
	}

	private void checkpoint() {
		this.working = true;
		try {
			captureAhead(LONGEST_BESIDE);
			if (moveFrames() >= LONG_FRAMES) {
				captureAhead(LONGEST_TURN);
				finishWithTurn();
			}
			this.checkpointWarnings.succeeded();
		}
		catch (NativeException ex) {
			// The WAL keeps what could not be moved. Busy is no failure: a writer was
			// changing the WAL's index just then, and the next commit asks again.
			if (SqliteError.primary(ex.code()) != SqliteError.BUSY) {
				this.checkpointWarnings.failed(ex);
				retryCheckpoint();
			}
		}
		finally {
			this.slowness = 0;
			this.restUntil = System.nanoTime() + SHORTEST_INTERVAL;
			this.working = false;
		}
		boolean more = this.expiry != null && this.expiry.isBounded();
		for (int i = 0; more && i < MOST_STEPS && !this.closed; i++) {
			more = expireStep();
		}
	}

	private synchronized void retryCheckpoint() {
		this.due = true;
		this.mayCheckpointAt = System.nanoTime() + PAUSE_AFTER_FAILURE;
	}

	/**
	 * Moves commits to the history before the checkpoint has to, in steps, until what is
	 * left takes no longer than that. Where the writers turn out to be faster than the
	 * history they are slowed down.
	 */
	private void captureAhead(long nanosLeft) throws NativeException {
		if (this.expiry == null) {
			return;
		}
		long step = this.expiry.stepFrames();
		// What is captured at once has to fit into a bound of the history's size.
		long most = this.expiry.isBounded() ? Math.min(nanosLeft, LONGEST_TURN) : nanosLeft;
		int slower = this.slowness;
		capture(step);
		for (int i = 0; i < MOST_STEPS && !this.closed && this.uncaptured * this.nanosPerFrame > most; i++) {
			long before = this.uncaptured;
			capture(step);
			if (this.uncaptured > before - before / 4) {
				this.slowness = ++slower;
			}
			if (this.expiry.isBounded()) {
				expireStep();
			}
		}
	}

	/**
	 * Captures about so many frames, or those that are durable, and learns how long that
	 * takes.
	 */
	private void capture(long frames) throws NativeException {
		long start = System.nanoTime();
		long before = this.captured;
		if (this.walFrames.get() - this.moved > MANY_FRAMES) {
			this.walSync.request();
		}
		this.uncaptured = (Long) NativeSql.rows(this.connection, "SELECT heliosdb_capture(?)", frames).get(0)[0];
		this.captured = this.walFrames.get() - this.uncaptured;
		long count = this.captured - before;
		if (before >= 0 && count >= Math.min(frames, DUE_FRAMES)) {
			long took = (System.nanoTime() - start) / count;
			this.nanosPerFrame += (took - this.nanosPerFrame) / 4;
		}
	}

	/**
	 * A writer that adds to the WAL faster than it is captured waits as long as that
	 * takes.
	 */
	private void slowDown(int frames) {
		int added = frames - this.walFrames.getAndSet(frames);
		int slower = this.slowness;
		if (added <= 0 || frames < SLOW_FRAMES || slower == 0) {
			return;
		}
		long now = System.nanoTime();
		long cost = added * this.nanosPerFrame * slower;
		long begin = this.nextCommit.getAndUpdate((next) -> Math.max(next, now) + cost);
		if (begin - now > SHORTEST_PAUSE) {
			LockSupport.parkNanos(Math.min(begin - now, LONGEST_PAUSE));
		}
	}

	private void finishWithTurn() throws NativeException {
		if (!this.writers.tryAcquire() && this.writers.acquireFirst(new WriterQueue.Waiter(),
				LONGEST_WAIT_FOR_TURN) != WriterQueue.Outcome.GRANTED) {
			return;
		}
		try {
			int frames = moveFrames();
			if (frames < this.restartFrames / 2) {
				// The log has started anew since the last wait.
				this.restartFrames = LONG_FRAMES;
			}
			if (frames >= this.restartFrames) {
				this.restartFrames = awaitReaders(frames) ? LONG_FRAMES : 2 * frames;
			}
		}
		finally {
			this.writers.release();
		}
	}

	/**
	 * Waits until nobody reads from the WAL: who begins now finds all in the database.
	 * The wait is in proportion to what the WAL has grown to, and so is what it may grow
	 * by until the next one: a read that takes long costs writers little.
	 * @return whether the next commit starts the WAL anew
	 */
	private boolean awaitReaders(int frames) throws NativeException {
		this.connection.setBusyTimeout(Math.min(frames / FRAMES_FOR_A_MILLISECOND, LONGEST_WAIT_FOR_READERS));
		try {
			this.connection.checkpoint(NativeConnection.CHECKPOINT_RESTART);
			return true;
		}
		catch (NativeException ex) {
			if (SqliteError.primary(ex.code()) != SqliteError.BUSY) {
				throw ex;
			}
			return false;
		}
		finally {
			this.connection.setBusyTimeout(BUSY_TIMEOUT);
		}
	}

	/** Returns the number of frames in the WAL. */
	private int moveFrames() throws NativeException {
		int[] frames = this.connection.checkpoint(NativeConnection.CHECKPOINT_PASSIVE);
		this.moved = frames[1];
		this.captured = -1;
		return frames[0];
	}

	/**
	 * One step; if there is more to do, the next one follows unless a checkpoint is due.
	 */
	private void expire() {
		expireIn(expireStep() ? 0 : this.expiry.interval().toNanos());
	}

	/** Returns whether there is more to do. */
	private boolean expireStep() {
		boolean more = false;
		try {
			more = !Objects.equals(0L, NativeSql.rows(this.connection, "SELECT heliosdb_expire()").get(0)[0]);
			this.expiryWarnings.succeeded();
		}
		catch (NativeException ex) {
			this.expiryWarnings.failed(ex);
		}
		this.expiry.listener().run();
		return more;
	}

	private synchronized void expireIn(long nanos) {
		this.expireAt = System.nanoTime() + nanos;
	}

	private synchronized Work awaitWork() {
		while (!this.closed) {
			long now = System.nanoTime();
			long wait = Long.MAX_VALUE;
			if (this.due) {
				wait = this.mayCheckpointAt - now;
				if (!this.overdue) {
					wait = Math.max(wait, this.restUntil - now);
				}
				if (wait <= 0) {
					this.due = false;
					this.overdue = false;
					return Work.CHECKPOINT;
				}
			}
			if (this.expiry != null) {
				wait = Math.min(wait, this.expireAt - now);
				if (wait <= 0) {
					return Work.EXPIRE;
				}
			}
			try {
				// Rounded up, so as not to wake too early; 0 would be for ever.
				wait((wait == Long.MAX_VALUE) ? 0 : TimeUnit.NANOSECONDS.toMillis(wait) + 1);
			}
			catch (InterruptedException ex) {
				return Work.END;
			}
		}
		return Work.END;
	}

	/** Ends the thread, after the checkpoint it may be at, and closes its connection. */
	@Override
	public void close() {
		synchronized (this) {
			this.closed = true;
			notifyAll();
		}
		awaitEnd(this.thread);
		this.walSync.close();
		this.connection.close();
	}

	/** Waits until a thread has ended, even if the caller is interrupted meanwhile. */
	static void awaitEnd(Thread thread) {
		boolean interrupted = false;
		while (thread.isAlive()) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/** Why the history does not work, as SQLite only says that a checkpoint did not. */
	private String reason(NativeException failure) {
		if (this.expiry == null) {
			return "";
		}
		try {
			Object reason = NativeSql.rows(this.connection, "SELECT last_failure FROM heliosdb_history").get(0)[0];
			return (reason != null) ? ". " + reason : "";
		}
		catch (NativeException ex) {
			failure.addSuppressed(ex);
			return "";
		}
	}

	/**
	 * Warns of a failure once, and not again while it stays the same but for every hour.
	 * Tells when it is over.
	 */
	private final class Warnings {

		private final String what;

		private final String consequence;

		private String last;

		private long repeatAt;

		private Warnings(String what, String consequence) {
			this.what = what;
			this.consequence = consequence;
		}

		private void failed(NativeException failure) {
			long now = System.nanoTime();
			boolean known = failure.getMessage().equals(this.last) && now - this.repeatAt < 0;
			if (!known) {
				this.repeatAt = now + REPEAT_WARNING;
			}
			this.last = failure.getMessage();
			LOGGER.log(
					known ? Level.DEBUG : Level.WARNING, this.what + " of " + Checkpointer.this.name + " failed ("
							+ failure.code() + "), it will be tried again. " + this.consequence + reason(failure),
					failure);
		}

		private void succeeded() {
			if (this.last != null) {
				this.last = null;
				LOGGER.log(Level.INFO, "{0} of {1} works again", this.what, Checkpointer.this.name);
			}
		}

	}

}
