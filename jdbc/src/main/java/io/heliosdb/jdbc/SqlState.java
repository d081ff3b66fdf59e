package io.heliosdb.jdbc;

import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.sql.SQLTransientException;

/**
 * Every SQLState that the driver reports, with the JDBC exception class that carries it.
 */
public enum SqlState {

	/** A parameter's index, or its absence. */
	INVALID_PARAMETER_INDEX("07009", SQLSyntaxErrorException::new),

	/** The database cannot be opened. */
	CANNOT_OPEN("08001", SQLNonTransientConnectionException::new),

	/** The database belongs to another process, or is open under other settings. */
	DATABASE_IN_USE("08001", SQLTransientConnectionException::new),

	/** The connection is closed. */
	CONNECTION_CLOSED("08003", SQLNonTransientConnectionException::new),

	/** A value does not fit. */
	DATA_EXCEPTION("22000", SQLDataException::new),

	/** A number is out of the range of the type that was asked for. */
	NUMBER_OUT_OF_RANGE("22003", SQLDataException::new),

	/** What should be a date and time is none. */
	INVALID_DATETIME("22007", SQLDataException::new),

	/** A value cannot be converted to the type that was asked for. */
	INVALID_CONVERSION("22018", SQLDataException::new),

	/**
	 * A parameter of the URL, a property or a method has no such value; a point of the
	 * past does not exist.
	 */
	INVALID_PARAMETER_VALUE("22023", SQLDataException::new),

	/** A constraint without a state of its own, such as a trigger's. */
	INTEGRITY_CONSTRAINT("23000", SQLIntegrityConstraintViolationException::new),

	/** NOT NULL. */
	NOT_NULL_VIOLATION("23502", SQLIntegrityConstraintViolationException::new),

	/** A foreign key. */
	FOREIGN_KEY_VIOLATION("23503", SQLIntegrityConstraintViolationException::new),

	/** A primary key or unique index. */
	UNIQUE_VIOLATION("23505", SQLIntegrityConstraintViolationException::new),

	/** CHECK. */
	CHECK_VIOLATION("23514", SQLIntegrityConstraintViolationException::new),

	/** A result set is closed or stands on no row. */
	INVALID_CURSOR_STATE("24000", SQLNonTransientException::new),

	/** The transaction is not in the state that the call needs. */
	INVALID_TRANSACTION_STATE("25000", SQLNonTransientException::new),

	/** A write in a read-only connection or database. */
	READ_ONLY("25006", SQLNonTransientException::new),

	/** The database is encrypted, and not with this key; or it is not encrypted. */
	WRONG_KEY("28000", SQLInvalidAuthorizationSpecException::new),

	/** The encryption key cannot be had from where it should be. */
	NO_KEY("28000", SQLInvalidAuthorizationSpecException::new),

	/** SQLite has rolled the transaction back; only a rollback is left. */
	TRANSACTION_ABORTED("25P02", SQLNonTransientException::new),

	/** A function or collation in Java threw an exception. */
	EXTERNAL_ROUTINE("38000", SQLNonTransientException::new),

	/** No such savepoint. */
	INVALID_SAVEPOINT("3B001", SQLNonTransientException::new),

	/** The transaction was rolled back by SQLite. */
	TRANSACTION_ROLLED_BACK("40000", SQLTransactionRollbackException::new),

	/** Another connection wrote what this transaction had read; retry the transaction. */
	SERIALIZATION_FAILURE("40001", SQLTransactionRollbackException::new),

	/** The SQL text is not valid. */
	SYNTAX_ERROR("42000", SQLSyntaxErrorException::new),

	/** Not permitted. */
	INSUFFICIENT_PRIVILEGE("42501", SQLNonTransientException::new),

	/** No such table or view. */
	NO_SUCH_TABLE("42S02", SQLSyntaxErrorException::new),

	/** No such column, in the SQL text or in a result set. */
	NO_SUCH_COLUMN("42S22", SQLSyntaxErrorException::new),

	/** The disk is full. */
	DISK_FULL("53100", SQLTransientException::new),

	/** Out of memory. */
	OUT_OF_MEMORY("53200", SQLTransientException::new),

	/** A limit of SQLite's. */
	LIMIT_EXCEEDED("54000", SQLNonTransientException::new),

	/** The database keeps no history. */
	NO_HISTORY("55000", SQLNonTransientException::new),

	/** A statement of the same connection is in the way. */
	OBJECT_IN_USE("55006", SQLTransientException::new),

	/** The statement was cancelled. */
	CANCELLED("57014", SQLTransientException::new),

	/** Reading or writing a file failed. */
	IO_ERROR("58030", SQLNonTransientException::new),

	/** A call that the object's state does not allow. */
	INVALID_CALL("HY010", SQLNonTransientException::new),

	/** A time-out: of the statement, or of the wait for the writer. */
	TIMEOUT("HYT00", SQLTimeoutException::new),

	/** Something else. */
	INTERNAL_ERROR("XX000", SQLNonTransientException::new),

	/** The database file is damaged. */
	DATA_CORRUPTED("XX001", SQLNonTransientException::new);

	private final String code;

	private final Factory factory;

	SqlState(String code, Factory factory) {
		this.code = code;
		this.factory = factory;
	}

	/**
	 * The five characters.
	 * @return the SQLState
	 */
	public String code() {
		return this.code;
	}

	/**
	 * An exception with this state.
	 * @param message what happened, to which thing, and what to do
	 * @return the exception
	 */
	SQLException exception(String message) {
		return exception(message, 0, null);
	}

	/**
	 * An exception with this state.
	 * @param message what happened, to which thing, and what to do
	 * @param vendorCode SQLite's extended result code, 0 if it is not SQLite's error
	 * @param cause the cause, may be {@code null}
	 * @return the exception
	 */
	SQLException exception(String message, int vendorCode, Throwable cause) {
		return this.factory.create(message, this.code, vendorCode, cause);
	}

	@FunctionalInterface
	private interface Factory {

		SQLException create(String message, String state, int vendorCode, Throwable cause);

	}

}
