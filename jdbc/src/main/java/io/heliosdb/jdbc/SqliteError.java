package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.util.regex.Pattern;

import io.heliosdb.engine.DatabaseKey;
import io.heliosdb.engine.NativeException;

/**
 * SQLite's result codes (https://www.sqlite.org/rescode.html) as JDBC exceptions. The
 * extended code stays as the vendor code.
 */
final class SqliteError {

	static final int ERROR = 1;

	static final int PERM = 3;

	static final int ABORT = 4;

	static final int BUSY = 5;

	static final int LOCKED = 6;

	static final int NOMEM = 7;

	static final int READONLY = 8;

	static final int INTERRUPT = 9;

	static final int IOERR = 10;

	static final int CORRUPT = 11;

	static final int FULL = 13;

	static final int CANTOPEN = 14;

	static final int TOOBIG = 18;

	static final int CONSTRAINT = 19;

	static final int MISMATCH = 20;

	static final int AUTH = 23;

	static final int RANGE = 25;

	static final int NOTADB = 26;

	static final int BUSY_SNAPSHOT = 517;

	static final int CONSTRAINT_CHECK = 275;

	static final int CONSTRAINT_FOREIGNKEY = 787;

	static final int CONSTRAINT_NOTNULL = 1299;

	static final int CONSTRAINT_PRIMARYKEY = 1555;

	static final int CONSTRAINT_UNIQUE = 2067;

	static final int CONSTRAINT_ROWID = 2579;

	private static final Pattern SNAPSHOT_TABLE = Pattern
		.compile("\\b" + Snapshots.schema(0).replace("0", "(\\d+)") + "\\.(\\S+)");

	private SqliteError() {
	}

	/** The primary code of an extended one. */
	static int primary(int code) {
		return code & 0xff;
	}

	/**
	 * An error of preparing a statement.
	 * @param failure SQLite's report
	 * @param sql the SQL text
	 * @return the exception, with the place in the text where SQLite knows it
	 */
	static SQLException ofPrepare(NativeException failure, String sql) {
		String place = (failure.offset() >= 0) ? " (at offset " + failure.offset() + " of: " + sql + ")"
				: " (in: " + sql + ")";
		return ofPrepareAt(place, failure);
	}

	/**
	 * An error of preparing a statement that was made from another.
	 * @param failure SQLite's report, whose place is not one in the text
	 * @param sql the SQL text
	 * @return the exception
	 */
	static SQLException ofPrepareTranslated(NativeException failure, String sql) {
		return ofPrepareAt(" (in: " + sql + ")", failure);
	}

	private static SQLException ofPrepareAt(String place, NativeException failure) {
		if (primary(failure.code()) != ERROR || failure.getCause() != null) {
			return of(failure);
		}
		String message = withoutSnapshots(failure.getMessage());
		SqlState missing = missing(message);
		SqlState state = (missing != null) ? missing : SqlState.SYNTAX_ERROR;
		return state.exception(message + place, failure.code(), failure);
	}

	/** SQLite tells a table of the past by the schema that the point is attached as. */
	private static String withoutSnapshots(String message) {
		return SNAPSHOT_TABLE.matcher(message).replaceAll("$2 as of SCN $1");
	}

	/**
	 * An error of executing a statement.
	 * @param failure SQLite's report
	 * @return the exception
	 */
	static SQLException of(NativeException failure) {
		int code = failure.code();
		if (failure.getCause() != null) {
			return SqlState.EXTERNAL_ROUTINE.exception(failure.getMessage(), code, failure.getCause());
		}
		return state(code, failure.getMessage()).exception(failure.getMessage() + advice(code), code, failure);
	}

	private static SqlState state(int code, String message) {
		if (code == DatabaseKey.DAMAGED) {
			return SqlState.DATA_CORRUPTED;
		}
		return switch (primary(code)) {
			case ERROR -> runtimeError(message);
			case PERM, AUTH -> SqlState.INSUFFICIENT_PRIVILEGE;
			case ABORT -> SqlState.TRANSACTION_ROLLED_BACK;
			case BUSY -> (code == BUSY_SNAPSHOT) ? SqlState.SERIALIZATION_FAILURE : SqlState.TIMEOUT;
			case LOCKED -> SqlState.OBJECT_IN_USE;
			case NOMEM -> SqlState.OUT_OF_MEMORY;
			case READONLY -> SqlState.READ_ONLY;
			case INTERRUPT -> SqlState.CANCELLED;
			case IOERR -> SqlState.IO_ERROR;
			case CORRUPT, NOTADB -> SqlState.DATA_CORRUPTED;
			case FULL -> SqlState.DISK_FULL;
			case CANTOPEN -> SqlState.CANNOT_OPEN;
			case TOOBIG -> SqlState.LIMIT_EXCEEDED;
			case CONSTRAINT -> constraint(code);
			case MISMATCH -> SqlState.INVALID_CONVERSION;
			case RANGE -> SqlState.INVALID_PARAMETER_INDEX;
			default -> SqlState.INTERNAL_ERROR;
		};
	}

	/** Null if it is not a table or a column that is missing. */
	private static SqlState missing(String message) {
		return message.startsWith("no such table") ? SqlState.NO_SUCH_TABLE
				: message.startsWith("no such column") ? SqlState.NO_SUCH_COLUMN : null;
	}

	/** What SQLite reports by its general code has only its message to tell it by. */
	private static SqlState runtimeError(String message) {
		SqlState missing = missing(message);
		if (missing != null) {
			return missing;
		}
		if (message.startsWith("This database keeps no history")
				|| message.startsWith("The history of this database cannot be opened")) {
			return SqlState.NO_HISTORY;
		}
		if (message.contains(". The oldest point is SCN ")) {
			return SqlState.INVALID_PARAMETER_VALUE;
		}
		if (message.startsWith("no such savepoint")) {
			return SqlState.INVALID_SAVEPOINT;
		}
		if (message.contains("transaction")) {
			return SqlState.INVALID_TRANSACTION_STATE;
		}
		if (message.startsWith("integer overflow")) {
			return SqlState.NUMBER_OUT_OF_RANGE;
		}
		return SqlState.DATA_EXCEPTION;
	}

	private static SqlState constraint(int code) {
		return switch (code) {
			case CONSTRAINT_UNIQUE, CONSTRAINT_PRIMARYKEY, CONSTRAINT_ROWID -> SqlState.UNIQUE_VIOLATION;
			case CONSTRAINT_FOREIGNKEY -> SqlState.FOREIGN_KEY_VIOLATION;
			case CONSTRAINT_NOTNULL -> SqlState.NOT_NULL_VIOLATION;
			case CONSTRAINT_CHECK -> SqlState.CHECK_VIOLATION;
			default -> SqlState.INTEGRITY_CONSTRAINT;
		};
	}

	private static String advice(int code) {
		if (code == DatabaseKey.DAMAGED) {
			return ". What was read from the encrypted file is not what was written: it was damaged or changed. "
					+ "Restore it from a backup";
		}
		return switch (primary(code)) {
			case BUSY -> (code == BUSY_SNAPSHOT)
					? ": another transaction wrote since this one began to read. Roll back and run it again, "
							+ "or use transaction_mode=immediate"
					: ": another connection holds the lock for longer than busy_timeout";
			case CORRUPT -> ". The file is damaged: restore it from a backup, or salvage it with the .recover "
					+ "command of SQLite's shell; PRAGMA integrity_check tells more";
			case FULL -> ". Free space on the disk of the database, or lift its max_page_count";
			default -> "";
		};
	}

}
