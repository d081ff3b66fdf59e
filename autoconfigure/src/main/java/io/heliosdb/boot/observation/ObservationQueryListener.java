package io.heliosdb.boot.observation;

import java.sql.SQLException;

import io.heliosdb.jdbc.Query;
import io.heliosdb.jdbc.QueryListener;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Makes each query a Micrometer observation, {@link DatabaseObservationDocumentation}
 * says under which names. Does not listen while the registry has no handler.
 */
public final class ObservationQueryListener implements QueryListener {

	private final ObservationRegistry registry;

	private final @Nullable QueryObservationConvention convention;

	/**
	 * Creates a listener.
	 * @param registry where observations go
	 * @param convention names and tags; {@code null} for those of the registry or, if it
	 * has none, {@link DefaultQueryObservationConvention}
	 */
	public ObservationQueryListener(ObservationRegistry registry, @Nullable QueryObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public boolean isListening() {
		return !this.registry.isNoop();
	}

	@Override
	public Object queryStarted(Query query) {
		return DatabaseObservationDocumentation.QUERY.start(this.convention, DefaultQueryObservationConvention.INSTANCE,
				() -> new QueryObservationContext(query), this.registry);
	}

	@Override
	public void queryFinished(Query query, Object context, long durationNanos, @Nullable SQLException failure) {
		Observation observation = (Observation) context;
		if (failure != null) {
			observation.error(failure);
		}
		observation.stop();
	}

}
