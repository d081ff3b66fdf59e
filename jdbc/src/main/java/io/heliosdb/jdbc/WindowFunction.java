package io.heliosdb.jdbc;

/**
 * An SQL aggregate in Java from whose group rows can be taken out again, so that it works
 * on a window that moves. {@link #result} is then called for each row, more than once a
 * group, and must leave the state as it is. Without {@link #remove} an aggregate works in
 * no {@code OVER} clause.
 *
 * @param <S> the state of a group of rows
 */
public interface WindowFunction<S> extends AggregateFunction<S> {

	/**
	 * Takes a row out, the one that was taken in first.
	 * @param state the state with this row
	 * @param arguments the arguments for this row, valid during this call
	 * @return the state without this row
	 * @throws Exception makes the statement fail
	 */
	S remove(S state, FunctionArguments arguments) throws Exception;

}
