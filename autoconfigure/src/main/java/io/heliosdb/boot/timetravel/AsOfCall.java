package io.heliosdb.boot.timetravel;

import org.jspecify.annotations.Nullable;

/**
 * A call that runs on the past.
 *
 * @param <T> what it returns
 * @param <E> what it throws; {@code RuntimeException} if nothing that is checked
 */
@FunctionalInterface
public interface AsOfCall<T extends @Nullable Object, E extends Throwable> {

	/**
	 * Makes the call.
	 * @return the result
	 * @throws E if it fails
	 */
	T call() throws E;

}
