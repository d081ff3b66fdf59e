package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link QueryListeners}. */
class QueryListenersTests {

	private static final Query QUERY = new Query("SELECT 1", "SELECT", "a.db");

	private final List<String> calls = new ArrayList<>();

	@Test
	void noListenersAreNone() {
		assertThat(QueryListeners.combine(List.of())).isNull();
	}

	@Test
	void oneListenerStaysItself() {
		QueryListener listener = new RecordingListener("a", true);
		assertThat(QueryListeners.combine(List.of(listener))).isSameAs(listener);
	}

	@Test
	void listensIfAnyDoes() {
		assertThat(combine(new RecordingListener("a", false), new RecordingListener("b", true)).isListening()).isTrue();
	}

	@Test
	void doesNotListenIfNoneDoes() {
		assertThat(combine(new RecordingListener("a", false), new RecordingListener("b", false)).isListening())
			.isFalse();
	}

	@Test
	void handsEachListenerItsOwnContext() {
		execute(combine(new RecordingListener("a", true), new RecordingListener("b", true)));
		assertThat(this.calls).containsExactly("a started", "b started", "a finished with context of a",
				"b finished with context of b");
	}

	@Test
	void leavesOutAListenerThatDoesNotListen() {
		execute(combine(new RecordingListener("a", false), new RecordingListener("b", true)));
		assertThat(this.calls).containsExactly("b started", "b finished with context of b");
	}

	private static QueryListener combine(QueryListener... listeners) {
		return QueryListeners.combine(List.of(listeners));
	}

	private static void execute(QueryListener listener) {
		listener.queryFinished(QUERY, listener.queryStarted(QUERY), 1, null);
	}

	private final class RecordingListener implements QueryListener {

		private final String name;

		private final boolean listening;

		RecordingListener(String name, boolean listening) {
			this.name = name;
			this.listening = listening;
		}

		@Override
		public boolean isListening() {
			return this.listening;
		}

		@Override
		public Object queryStarted(Query query) {
			QueryListenersTests.this.calls.add(this.name + " started");
			return "context of " + this.name;
		}

		@Override
		public void queryFinished(Query query, Object context, long durationNanos, SQLException failure) {
			QueryListenersTests.this.calls.add(this.name + " finished with " + context);
		}

	}

}
