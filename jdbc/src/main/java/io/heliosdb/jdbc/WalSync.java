package io.heliosdb.jdbc;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * Makes commits durable on a thread of its own, while the checkpoint's thread moves those
 * before them to the history, which takes about as long: one waits for the disk, the
 * other one computes. Thread and connection are only there once they have been needed.
 */
final class WalSync implements AutoCloseable {

	private static final Logger LOGGER = System.getLogger(WalSync.class.getName());

	private final Opener opener;

	private final String name;

	private Thread thread;

	private boolean requested;

	private boolean closed;

	/** Opens the connection. */
	@FunctionalInterface
	interface Opener {

		NativeConnection open() throws SQLException;

	}

	/**
	 * Starts nothing yet.
	 * @param opener opens a connection that nobody else uses
	 * @param name the database's name, for the thread's name and log messages
	 */
	WalSync(Opener opener, String name) {
		this.opener = opener;
		this.name = name;
	}

	/** Has all commits made durable that there are, soon. */
	synchronized void request() {
		if (this.closed) {
			return;
		}
		this.requested = true;
		if (this.thread == null) {
			this.thread = new Thread(this::run, "heliosdb-sync " + this.name);
			this.thread.setDaemon(true);
			this.thread.start();
		}
		notifyAll();
	}

	private void run() {
		NativeConnection connection = null;
		try {
			connection = this.opener.open();
			while (awaitRequest()) {
				NativeSql.rows(connection, "SELECT heliosdb_sync()");
			}
		}
		catch (SQLException | NativeException ex) {
			// Nothing is lost: a capture syncs what has not been, and tells if it cannot.
			LOGGER.log(Level.DEBUG, "Commits of " + this.name + " are not synced ahead", ex);
		}
		if (connection != null) {
			connection.close();
		}
		ended();
	}

	private synchronized void ended() {
		this.thread = null;
	}

	private synchronized boolean awaitRequest() {
		while (!this.requested && !this.closed) {
			try {
				wait();
			}
			catch (InterruptedException ex) {
				return false;
			}
		}
		this.requested = false;
		return !this.closed;
	}

	/** Ends the thread, which closes its connection. */
	@Override
	public void close() {
		Thread running;
		synchronized (this) {
			this.closed = true;
			notifyAll();
			running = this.thread;
		}
		if (running != null) {
			Checkpointer.awaitEnd(running);
		}
	}

}
