package io.heliosdb.boot.observation;

import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.util.Arrays;

import io.heliosdb.jdbc.Query;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link ObservationQueryListener}. */
class ObservationQueryListenerTests {

	private static final Query QUERY = new Query("SELECT name FROM city WHERE name = 'Oslo'", "SELECT", "geo.db");

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	@Test
	void listensWhenTheRegistryHasHandlers() {
		assertThat(new ObservationQueryListener(this.registry, null).isListening()).isTrue();
	}

	@Test
	void doesNotListenToARegistryWithoutHandlers() {
		assertThat(new ObservationQueryListener(ObservationRegistry.create(), null).isListening()).isFalse();
	}

	@Test
	void doesNotListenToTheNoopRegistry() {
		assertThat(new ObservationQueryListener(ObservationRegistry.NOOP, null).isListening()).isFalse();
	}

	@Test
	void namesAQueryByOpenTelemetrysConventions() {
		execute(new ObservationQueryListener(this.registry, null), null);
		assertThat(this.registry).hasSingleObservationThat()
			.hasBeenStarted()
			.hasBeenStopped()
			.doesNotHaveError()
			.hasNameEqualTo("db.client.operation.duration")
			.hasContextualNameEqualTo("SELECT geo.db")
			.hasLowCardinalityKeyValue("db.system.name", "heliosdb")
			.hasLowCardinalityKeyValue("db.namespace", "geo.db")
			.hasLowCardinalityKeyValue("db.operation.name", "SELECT")
			.hasLowCardinalityKeyValue("db.response.status_code", "none")
			.hasLowCardinalityKeyValue("error.type", "none");
	}

	@Test
	void neverTellsTheSqlText() {
		execute(new ObservationQueryListener(this.registry, null), null);
		assertThat(this.registry).hasSingleObservationThat()
			.satisfies((context) -> assertThat(context.getAllKeyValues()).extracting(KeyValue::getValue)
				.noneMatch((value) -> value.contains("Oslo")));
	}

	@Test
	void tellsTheSqlStateAndTheExceptionOfAFailure() {
		SQLException failure = new SQLIntegrityConstraintViolationException("duplicate", "23505");
		execute(new ObservationQueryListener(this.registry, null), failure);
		assertThat(this.registry).hasSingleObservationThat()
			.hasError(failure)
			.hasLowCardinalityKeyValue("db.response.status_code", "23505")
			.hasLowCardinalityKeyValue("error.type", "java.sql.SQLIntegrityConstraintViolationException");
	}

	@Test
	void tellsTheExceptionOfAFailureWithoutSqlState() {
		execute(new ObservationQueryListener(this.registry, null), new SQLException("no state"));
		assertThat(this.registry).hasSingleObservationThat()
			.hasLowCardinalityKeyValue("db.response.status_code", "none")
			.hasLowCardinalityKeyValue("error.type", "java.sql.SQLException");
	}

	@Test
	void hasTheDocumentedKeysAndNoOther() {
		execute(new ObservationQueryListener(this.registry, null), null);
		assertThat(this.registry).hasSingleObservationThat()
			.hasOnlyKeys(Arrays.stream(DatabaseObservationDocumentation.QUERY.getLowCardinalityKeyNames())
				.map(KeyName::asString)
				.toArray(String[]::new));
	}

	@Test
	void usesTheGivenConvention() {
		QueryObservationConvention convention = new DefaultQueryObservationConvention() {

			@Override
			public KeyValues getHighCardinalityKeyValues(QueryObservationContext context) {
				return KeyValues.of("db.query.text", context.getQuery().sql());
			}

		};
		execute(new ObservationQueryListener(this.registry, convention), null);
		assertThat(this.registry).hasSingleObservationThat().hasHighCardinalityKeyValue("db.query.text", QUERY.sql());
	}

	private static void execute(ObservationQueryListener listener, SQLException failure) {
		listener.queryFinished(QUERY, listener.queryStarted(QUERY), 1, failure);
	}

}
