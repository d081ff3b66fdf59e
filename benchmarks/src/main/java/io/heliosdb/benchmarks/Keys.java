package io.heliosdb.benchmarks;

import java.util.SplittableRandom;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * The ids that one thread asks for: random, in the same order for every peer. H2 answers
 * a query that repeats the one before from a cache of results, so no query may.
 */
@State(Scope.Thread)
public class Keys {

	private SplittableRandom random;

	private int rows;

	private long calls;

	@Setup
	public void open(Database database, ThreadParams thread) {
		open(database, thread.getThreadIndex());
	}

	void open(Database database, int thread) {
		this.random = new SplittableRandom(thread);
		this.rows = database.rows;
	}

	long next() {
		this.calls++;
		return 1 + this.random.nextInt(this.rows);
	}

	/** How many ids were taken. */
	long calls() {
		return this.calls;
	}

}
