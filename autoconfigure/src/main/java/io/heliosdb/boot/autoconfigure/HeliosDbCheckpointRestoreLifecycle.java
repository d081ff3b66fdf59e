package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;

import io.heliosdb.boot.timetravel.TimeTravelRepository;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;

/**
 * Closes the database before a checkpoint, after the pool has let go of its connections,
 * with those to the past that nobody uses, and lets the next connection open it after the
 * restore.
 */
final class HeliosDbCheckpointRestoreLifecycle implements SmartLifecycle {

	private final HeliosDatabase database;

	private final ObjectProvider<TimeTravelRepository> timeTravel;

	HeliosDbCheckpointRestoreLifecycle(HeliosDatabase database, ObjectProvider<TimeTravelRepository> timeTravel) {
		this.database = database;
		this.timeTravel = timeTravel;
	}

	@Override
	public void start() {
		this.database.reopen();
	}

	@Override
	public void stop() {
		this.timeTravel.ifAvailable(TimeTravelRepository::releaseConnections);
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
