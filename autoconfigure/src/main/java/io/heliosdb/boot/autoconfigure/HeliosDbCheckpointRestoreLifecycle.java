package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;

import org.springframework.context.SmartLifecycle;

/**
 * Closes the database before a checkpoint, after the pool has let go of its connections,
 * and lets the next connection open it after the restore.
 */
final class HeliosDbCheckpointRestoreLifecycle implements SmartLifecycle {

	private final HeliosDatabase database;

	HeliosDbCheckpointRestoreLifecycle(HeliosDatabase database) {
		this.database = database;
	}

	@Override
	public void start() {
		this.database.reopen();
	}

	@Override
	public void stop() {
		try {
			this.database.close();
		}
		catch (SQLException ex) {
			throw new IllegalStateException("Failed to close the database " + this.database.getName(), ex);
		}
	}

	@Override
	public boolean isRunning() {
		return this.database.isOpen();
	}

	/** Stopped after the pool, which is in phase 0. */
	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

}
