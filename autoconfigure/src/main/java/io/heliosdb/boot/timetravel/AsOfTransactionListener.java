package io.heliosdb.boot.timetravel;

import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Keeps a call on the past from reading the present: refuses to suspend a transaction on
 * the past, as a method with propagation {@code REQUIRES_NEW} or {@code NOT_SUPPORTED}
 * would, because what follows would take its connection from the pool. To be added to
 * transaction managers that Spring Boot does not set up.
 */
public final class AsOfTransactionListener implements TransactionExecutionListener {

	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		if (beginFailure == null && AsOfScope.isActive()
				&& TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.registerSynchronization(new NoSuspension());
		}
	}

	/** Comes before the others, whose suspension would have to be undone. */
	private static final class NoSuspension implements TransactionSynchronization {

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

		@Override
		public void suspend() {
			if (!AsOfScope.isEntering()) {
				throw new IllegalTransactionStateException(
						"A transaction on the past cannot be suspended: what follows "
								+ "would read the present. Call methods with propagation REQUIRES_NEW or NOT_SUPPORTED outside "
								+ "of the call on the past");
			}
		}

	}

}
