package io.heliosdb.boot.observation;

import java.sql.SQLException;

import io.heliosdb.boot.observation.DatabaseObservationDocumentation.QueryKeyNames;
import io.heliosdb.jdbc.Query;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

/**
 * Names and tags as {@link DatabaseObservationDocumentation} lists them. SQL text is left
 * out, from traces too, because it may hold literal values; a subclass that trusts its
 * application to use parameters can add it as {@code db.query.text}.
 */
public class DefaultQueryObservationConvention implements QueryObservationConvention {

	/** The convention itself, which has no state. */
	public static final DefaultQueryObservationConvention INSTANCE = new DefaultQueryObservationConvention();

	private static final KeyValue SYSTEM_NAME = QueryKeyNames.DB_SYSTEM_NAME.withValue("heliosdb");

	private static final KeyValue NO_STATUS_CODE = QueryKeyNames.DB_RESPONSE_STATUS_CODE.withValue(KeyValue.NONE_VALUE);

	private static final KeyValue NO_ERROR = QueryKeyNames.ERROR_TYPE.withValue(KeyValue.NONE_VALUE);

	@Override
	public String getName() {
		return DatabaseObservationDocumentation.QUERY_NAME;
	}

	@Override
	public String getContextualName(QueryObservationContext context) {
		Query query = context.getQuery();
		return query.operation() + " " + query.database();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(QueryObservationContext context) {
		Query query = context.getQuery();
		Throwable error = context.getError();
		return KeyValues.of(SYSTEM_NAME, QueryKeyNames.DB_NAMESPACE.withValue(query.database()),
				QueryKeyNames.DB_OPERATION_NAME.withValue(query.operation()), statusCode(error), errorType(error));
	}

	private KeyValue statusCode(@Nullable Throwable error) {
		if (error instanceof SQLException sqlException && sqlException.getSQLState() != null) {
			return QueryKeyNames.DB_RESPONSE_STATUS_CODE.withValue(sqlException.getSQLState());
		}
		return NO_STATUS_CODE;
	}

	private KeyValue errorType(@Nullable Throwable error) {
		return (error != null) ? QueryKeyNames.ERROR_TYPE.withValue(error.getClass().getName()) : NO_ERROR;
	}

}
