package io.heliosdb.jdbc;

import java.sql.SQLException;

/**
 * Hears of every statement that a connection executes: the hook that metrics, tracing and
 * slow-query logs are built on.
 * <p>
 * A query runs from the call of an {@code execute} method until its result is there: for
 * a query with rows, until the first batch of rows has been read. Waiting for the writer
 * is part of it. Both methods are called on the thread that executes the statement, one
 * pair an execution, the whole of a JDBC batch counting as one. A listener serves many
 * threads at once and must not use the connection that it is called from; what it throws
 * reaches the caller of the statement.
 */
public interface QueryListener {

	/**
	 * Whether anyone wants to hear of the next query. Asked once before each execution,
	 * so it has to be cheap; while it answers {@code false} nothing else is called and no
	 * clock is read.
	 * @return {@code true} if {@link #queryStarted} is to be called
	 */
	boolean isListening();

	/**
	 * Called before a statement is executed.
	 * @param query the statement
	 * @return anything, handed back to {@link #queryFinished}; may be {@code null}
	 */
	Object queryStarted(Query query);

	/**
	 * Called after a statement was executed, whether it succeeded or not.
	 * @param query the statement
	 * @param context what {@link #queryStarted} returned
	 * @param durationNanos how long it took, in nanoseconds
	 * @param failure the exception that the caller gets, or {@code null} on success
	 */
	void queryFinished(Query query, Object context, long durationNanos, SQLException failure);

}
