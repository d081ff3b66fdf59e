package io.heliosdb.jdbc;

/**
 * An SQL function in Java, see {@link HeliosConnection#createFunction}.
 */
@FunctionalInterface
public interface ScalarFunction {

	/**
	 * Computes the function's result.
	 * @param arguments the arguments, valid during this call
	 * @return {@code null} or anything that {@code PreparedStatement.setObject} takes,
	 * streams and locators aside
	 * @throws Exception makes the statement fail: with SQLState 38000, this exception's
	 * message and this exception as the cause
	 */
	Object apply(FunctionArguments arguments) throws Exception;

}
