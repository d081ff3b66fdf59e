package io.heliosdb.jdbc;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * Moves pages from a database's WAL to its file, on a thread of its own, so that no
 * writer pays for it with its commit.
 * <p>
 * Usually it works beside the writers. While they go on writing it never gets to the end
 * of the WAL, and only a WAL that is wholly in the database starts anew; so when the WAL
 * has become long, it takes the writers' turn for the last part.
 */
final class Checkpointer implements AutoCloseable {

	/**
	 * Frames that no checkpoint has moved yet, from which on one is due; SQLite's
	 * default.
	 */
	static final int DUE_FRAMES = 1000;

	/** Frames in the WAL from which on the writers have to wait for a checkpoint. */
	static final int LONG_FRAMES = 8000;

	private static final long LONGEST_WAIT_FOR_TURN = TimeUnit.SECONDS.toNanos(5);

	private static final Logger LOGGER = System.getLogger(Checkpointer.class.getName());

	private final NativeConnection connection;

	private final WriterQueue writers;

	private final String name;

	private final Thread thread;

	private boolean due;

	private volatile boolean working;

	/** Frames of the WAL that are in the database, as of the last checkpoint. */
	private volatile int moved;

	private boolean closed;

	/**
	 * Starts the thread.
	 * @param connection a connection of the database that nobody else uses
	 * @param writers the turn to write
	 * @param name the database's name, for the thread's name and log messages
	 */
	Checkpointer(NativeConnection connection, WriterQueue writers, String name) {
		this.connection = connection;
		this.writers = writers;
		this.name = name;
		this.thread = new Thread(this::run, "heliosdb-checkpoint " + name);
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/**
	 * Tells how long the WAL is, after a commit.
	 * @param walFrames frames in the WAL
	 */
	void committed(int walFrames) {
		if (walFrames < this.moved) {
			// The log has started anew.
			this.moved = 0;
		}
		if (walFrames - this.moved >= DUE_FRAMES && !this.working) {
			wake();
		}
	}

	private synchronized void wake() {
		this.due = true;
		notifyAll();
	}

	private void run() {
		while (awaitWork()) {
			this.working = true;
			try {
				if (moveFrames() >= LONG_FRAMES) {
					finishWithTurn();
				}
			}
			catch (NativeException ex) {
				// The WAL keeps what could not be moved; the next commit asks again. Busy
				// is
				// no failure: a writer was just changing the WAL's index.
				if (SqliteError.primary(ex.code()) != SqliteError.BUSY) {
					LOGGER.log(Level.WARNING, "Checkpoint of " + this.name + " failed, it will be tried again", ex);
				}
			}
			finally {
				this.working = false;
			}
		}
	}

	private void finishWithTurn() throws NativeException {
		if (!this.writers.tryAcquire() && this.writers.acquire(new WriterQueue.Waiter(),
				LONGEST_WAIT_FOR_TURN) != WriterQueue.Outcome.GRANTED) {
			return;
		}
		try {
			moveFrames();
		}
		finally {
			this.writers.release();
		}
	}

	/** Returns the number of frames in the WAL. */
	private int moveFrames() throws NativeException {
		int[] frames = this.connection.checkpoint(NativeConnection.CHECKPOINT_PASSIVE);
		this.moved = frames[1];
		return frames[0];
	}

	private synchronized boolean awaitWork() {
		while (!this.due && !this.closed) {
			try {
				wait();
			}
			catch (InterruptedException ex) {
				return false;
			}
		}
		this.due = false;
		return !this.closed;
	}

	/** Ends the thread, after the checkpoint it may be at, and closes its connection. */
	@Override
	public void close() {
		synchronized (this) {
			this.closed = true;
			notifyAll();
		}
		boolean interrupted = false;
		while (this.thread.isAlive()) {
			try {
				this.thread.join();
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		this.connection.close();
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

}
