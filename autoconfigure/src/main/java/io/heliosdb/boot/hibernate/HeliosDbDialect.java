package io.heliosdb.boot.hibernate;

import java.sql.Types;

import org.hibernate.community.dialect.SQLiteDialect;
import org.hibernate.community.dialect.identity.SQLiteIdentityColumnSupport;
import org.hibernate.dialect.identity.IdentityColumnSupport;
import org.hibernate.engine.jdbc.dialect.spi.DialectResolutionInfo;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/**
 * Hibernate's dialect for SQLite, with two differences. Schema validation knows what
 * SQLite stores: an {@code INTEGER PRIMARY KEY} fits a {@code long}, and a column of
 * {@code TEXT} a date. And a generated schema declares every identity column an
 * {@code INTEGER}, without which SQLite would not number the rows.
 */
public class HeliosDbDialect extends SQLiteDialect {

	/**
	 * Creates a dialect for the engine that this driver brings.
	 */
	public HeliosDbDialect() {
	}

	/**
	 * Creates a dialect.
	 * @param info tells the version of SQLite
	 */
	public HeliosDbDialect(DialectResolutionInfo info) {
		super(info);
	}

	/** Types are the same to SQLite if their values have the same storage class. */
	@Override
	public boolean equivalentTypes(int typeCode1, int typeCode2) {
		StorageClass storageClass = storageClass(typeCode1);
		return super.equivalentTypes(typeCode1, typeCode2)
				|| (storageClass != null && storageClass == storageClass(typeCode2));
	}

	@Override
	public IdentityColumnSupport getIdentityColumnSupport() {
		return Identity.INSTANCE;
	}

	private static @Nullable StorageClass storageClass(int type) {
		return switch (type) {
			case Types.BIT, Types.BOOLEAN, Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT ->
				StorageClass.INTEGER;
			case Types.REAL, Types.FLOAT, Types.DOUBLE -> StorageClass.REAL;
			case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR, Types.NCHAR, Types.NVARCHAR, Types.LONGNVARCHAR,
					Types.CLOB, Types.NCLOB, SqlTypes.LONG32VARCHAR, SqlTypes.ENUM, SqlTypes.JSON, Types.DATE,
					Types.TIME, Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE, SqlTypes.TIMESTAMP_UTC ->
				StorageClass.TEXT;
			case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB, SqlTypes.LONG32VARBINARY ->
				StorageClass.BLOB;
			default -> null;
		};
	}

	private static final class Identity extends SQLiteIdentityColumnSupport {

		private static final Identity INSTANCE = new Identity();

		/**
		 * In capitals: Hibernate leaves this out if the declarations of other columns, in
		 * lower case, contain it.
		 */
		@Override
		public String getIdentityColumnString(int type) {
			return "INTEGER";
		}

	}

	private enum StorageClass {

		INTEGER, REAL, TEXT, BLOB

	}

}
