package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.util.List;

import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import org.jspecify.annotations.Nullable;

/**
 * Several query listeners as one. A listener that does not listen when a query starts is
 * not told of its end either.
 */
public final class QueryListeners implements QueryListener {

	private static final Object NOT_LISTENING = new Object();

	private final QueryListener[] listeners;

	private QueryListeners(List<QueryListener> listeners) {
		this.listeners = listeners.toArray(QueryListener[]::new);
	}

	/**
	 * Combines listeners.
	 * @param listeners the listeners, called in this order
	 * @return one listener for them all, {@code null} if there are none
	 */
	public static @Nullable QueryListener combine(List<QueryListener> listeners) {
		return switch (listeners.size()) {
			case 0 -> null;
			case 1 -> listeners.get(0);
			default -> new QueryListeners(listeners);
		};
	}

	@Override
	public boolean isListening() {
		for (QueryListener listener : this.listeners) {
			if (listener.isListening()) {
				return true;
			}
		}
		return false;
	}

	@Override
	public Object queryStarted(Query query) {
		@Nullable Object[] contexts = new Object[this.listeners.length];
		for (int i = 0; i < this.listeners.length; i++) {
			contexts[i] = this.listeners[i].isListening() ? this.listeners[i].queryStarted(query) : NOT_LISTENING;
		}
		return contexts;
	}

	@Override
	public void queryFinished(Query query, Object context, long durationNanos, @Nullable SQLException failure) {
		@Nullable Object[] contexts = (Object[]) context;
		for (int i = 0; i < this.listeners.length; i++) {
			if (contexts[i] != NOT_LISTENING) {
				this.listeners[i].queryFinished(query, contexts[i], durationNanos, failure);
			}
		}
	}

}
