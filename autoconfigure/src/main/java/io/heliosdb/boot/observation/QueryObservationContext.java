package io.heliosdb.boot.observation;

import io.heliosdb.jdbc.Query;
import io.micrometer.observation.Observation;

/** What is known of an observed query. */
public final class QueryObservationContext extends Observation.Context {

	private final Query query;

	/**
	 * Creates the context of one execution.
	 * @param query the statement that is executed
	 */
	public QueryObservationContext(Query query) {
		this.query = query;
	}

	/**
	 * The statement that is executed: its SQL text, operation and database.
	 * @return the statement
	 */
	public Query getQuery() {
		return this.query;
	}

}
