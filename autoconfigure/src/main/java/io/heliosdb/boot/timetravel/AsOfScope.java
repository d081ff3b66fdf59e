package io.heliosdb.boot.timetravel;

import java.sql.Connection;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.core.NamedThreadLocal;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Binds a connection to the past to the thread, where Spring's JDBC support looks for the
 * connection of a running transaction: what it finds it uses and does not close. A
 * transaction that begins inside takes the bound connection too.
 */
final class AsOfScope {

	private static final DefaultTransactionDefinition SUSPENDING = new DefaultTransactionDefinition(
			DefaultTransactionDefinition.PROPAGATION_NOT_SUPPORTED);

	private static final ThreadLocal<@Nullable Bound> CURRENT = new NamedThreadLocal<>("Connection to the past");

	/** Whether this thread enters a scope, and suspends a transaction for that. */
	private static final ThreadLocal<@Nullable Boolean> ENTERING = new NamedThreadLocal<>("Entering the past");

	private final DataSource dataSource;

	private final Supplier<? extends @Nullable PlatformTransactionManager> transactionManager;

	AsOfScope(DataSource dataSource, Supplier<? extends @Nullable PlatformTransactionManager> transactionManager) {
		this.dataSource = dataSource;
		this.transactionManager = transactionManager;
	}

	/**
	 * What is bound to a thread.
	 *
	 * @param dataSource the data source that it is bound for
	 * @param holder the connection
	 * @param outer what was bound before
	 */
	private record Bound(DataSource dataSource, ConnectionHolder holder, @Nullable Bound outer) {

		boolean isInUse() {
			return TransactionSynchronizationManager.getResource(this.dataSource) == this.holder;
		}

	}

	/** Whether what this thread does now uses a connection to the past. */
	static boolean isActive() {
		Bound bound = CURRENT.get();
		while (bound != null && !bound.isInUse()) {
			bound = bound.outer();
		}
		return bound != null;
	}

	/** Whether this thread suspends a transaction to enter a scope. */
	static boolean isEntering() {
		return Boolean.TRUE.equals(ENTERING.get());
	}

	/**
	 * Makes a call with a connection bound to this thread.
	 * @param connection the connection, which stays open
	 * @param call the call
	 * @return what the call returned
	 */
	<T extends @Nullable Object, E extends Throwable> T call(Connection connection, AsOfCall<T, E> call) throws E {
		PlatformTransactionManager manager = TransactionSynchronizationManager.isActualTransactionActive()
				? this.transactionManager.get() : null;
		if (manager == null) {
			return callBound(connection, call);
		}
		TransactionStatus suspended = suspend(manager);
		boolean succeeded = false;
		try {
			T result = callBound(connection, call);
			succeeded = true;
			return result;
		}
		finally {
			if (succeeded) {
				manager.commit(suspended);
			}
			else {
				manager.rollback(suspended);
			}
		}
	}

	private static TransactionStatus suspend(PlatformTransactionManager manager) {
		ENTERING.set(true);
		try {
			return manager.getTransaction(SUSPENDING);
		}
		finally {
			ENTERING.remove();
		}
	}

	private <T extends @Nullable Object, E extends Throwable> T callBound(Connection connection, AsOfCall<T, E> call)
			throws E {
		Object outer = TransactionSynchronizationManager.getResource(this.dataSource);
		if (outer instanceof ResourceHolderSupport holder && holder.isSynchronizedWithTransaction()
				&& TransactionSynchronizationManager.isActualTransactionActive()) {
			throw new IllegalTransactionStateException("A transaction is active that cannot be suspended to read the "
					+ "past: there is no single PlatformTransactionManager, or it is not the one of this data source");
		}
		if (outer != null) {
			TransactionSynchronizationManager.unbindResource(this.dataSource);
		}
		Bound before = CURRENT.get();
		Bound bound = new Bound(this.dataSource, new ConnectionHolder(connection), before);
		TransactionSynchronizationManager.bindResource(this.dataSource, bound.holder());
		CURRENT.set(bound);
		try {
			return call.call();
		}
		finally {
			if (before != null) {
				CURRENT.set(before);
			}
			else {
				CURRENT.remove();
			}
			TransactionSynchronizationManager.unbindResource(this.dataSource);
			if (outer != null) {
				TransactionSynchronizationManager.bindResource(this.dataSource, outer);
			}
		}
	}

}
