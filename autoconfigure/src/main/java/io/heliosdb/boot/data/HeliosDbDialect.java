package io.heliosdb.boot.data;

import java.util.Collection;

import org.springframework.data.jdbc.core.dialect.JdbcArrayColumns;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;
import org.springframework.data.relational.core.dialect.AbstractDialect;
import org.springframework.data.relational.core.dialect.IdGeneration;
import org.springframework.data.relational.core.dialect.LimitClause;
import org.springframework.data.relational.core.dialect.LockClause;
import org.springframework.data.relational.core.sql.IdentifierProcessing;
import org.springframework.data.relational.core.sql.IdentifierProcessing.LetterCasing;
import org.springframework.data.relational.core.sql.IdentifierProcessing.Quoting;
import org.springframework.data.relational.core.sql.LockOptions;
import org.springframework.data.relational.core.sql.render.PostgresUpsertRenderContext;
import org.springframework.data.relational.core.sql.render.UpsertRenderContext;

/**
 * The SQL that Spring Data JDBC writes for HeliosDB, and what it makes of the values that
 * it reads.
 */
public final class HeliosDbDialect extends AbstractDialect implements JdbcDialect {

	/** The one instance, which has no state. */
	public static final HeliosDbDialect INSTANCE = new HeliosDbDialect();

	/** SQLite takes names in any case, and shows them as they were declared. */
	private static final IdentifierProcessing IDENTIFIERS = IdentifierProcessing.create(Quoting.ANSI,
			LetterCasing.AS_IS);

	private HeliosDbDialect() {
	}

	/**
	 * The name by which Spring Data chooses how it writes an upsert. SQLite's is
	 * PostgreSQL's {@code INSERT … ON CONFLICT … DO UPDATE}; a name of our own would have
	 * it write {@code MERGE}. Nothing else depends on it.
	 */
	@Override
	public String getName() {
		return "Postgres";
	}

	@Override
	public IdentifierProcessing getIdentifierProcessing() {
		return IDENTIFIERS;
	}

	@Override
	public LimitClause limit() {
		return Limit.INSTANCE;
	}

	/**
	 * Nothing: a read-write transaction is the only writer from its beginning, and nobody
	 * changes a row that it has read.
	 */
	@Override
	public LockClause lock() {
		return Lock.INSTANCE;
	}

	@Override
	public IdGeneration getIdGeneration() {
		return Ids.INSTANCE;
	}

	@Override
	public JdbcArrayColumns getArraySupport() {
		return JdbcArrayColumns.Unsupported.INSTANCE;
	}

	@Override
	public UpsertRenderContext getUpsertRenderContext() {
		return PostgresUpsertRenderContext.INSTANCE;
	}

	@Override
	public Collection<Object> getConverters() {
		return DialectConverters.all();
	}

	private enum Limit implements LimitClause {

		INSTANCE;

		@Override
		public String getLimit(long limit) {
			return "LIMIT " + limit;
		}

		/** SQLite has no OFFSET without a LIMIT; a negative one means no limit. */
		@Override
		public String getOffset(long offset) {
			return "LIMIT -1 OFFSET " + offset;
		}

		@Override
		public String getLimitOffset(long limit, long offset) {
			return "LIMIT " + limit + " OFFSET " + offset;
		}

		@Override
		public Position getClausePosition() {
			return Position.AFTER_ORDER_BY;
		}

	}

	private enum Lock implements LockClause {

		INSTANCE;

		@Override
		public String getLock(LockOptions options) {
			return "";
		}

		@Override
		public Position getClausePosition() {
			return Position.AFTER_ORDER_BY;
		}

	}

	private enum Ids implements IdGeneration {

		INSTANCE;

		@Override
		public boolean sequencesSupported() {
			return false;
		}

	}

}
