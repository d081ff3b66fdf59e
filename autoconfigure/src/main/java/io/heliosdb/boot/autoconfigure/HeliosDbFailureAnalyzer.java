package io.heliosdb.boot.autoconfigure;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Set;

import io.heliosdb.engine.DatabaseKey;
import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.HeliosDriver;
import io.heliosdb.jdbc.SqlState;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/**
 * Explains why a database could not be opened. Looks for the driver's exception anywhere
 * among the causes, because pools wrap it in a {@link SQLException} of their own.
 */
final class HeliosDbFailureAnalyzer implements FailureAnalyzer {

	private static final Set<String> ENTRIES = Set.of(HeliosDataSource.class.getName(), HeliosDriver.class.getName());

	private static final int SQLITE_BUSY = 5;

	private static final int SQLITE_CANTOPEN = 14;

	private static final int SQLITE_NOTADB = 26;

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof SQLException exception && isOfOpening(exception)) {
				String action = action(exception);
				return (action != null) ? new FailureAnalysis(exception.getMessage(), action, exception) : null;
			}
		}
		return null;
	}

	/**
	 * Whether our data source or driver threw it: other drivers give the same codes other
	 * meanings, and so do our own statements.
	 */
	private static boolean isOfOpening(SQLException exception) {
		return Arrays.stream(exception.getStackTrace()).anyMatch((frame) -> ENTRIES.contains(frame.getClassName()));
	}

	private static String actionForKey(int code) {
		return switch (code) {
			case DatabaseKey.WRONG_KEY -> "Set the key that the database was encrypted with, in the same way: "
					+ "heliosdb.encryption.key, .key-file or .passphrase, or a bean of type EncryptionKeyProvider. If the "
					+ "key was changed, set the new one. Nothing was changed.";
			case DatabaseKey.KEY_MISSING -> "Set heliosdb.encryption.key, heliosdb.encryption.key-file or "
					+ "heliosdb.encryption.passphrase, or define a bean of type EncryptionKeyProvider. Nothing was changed.";
			case DatabaseKey.NOT_ENCRYPTED ->
				"Encrypt the database by DatabaseEncryption.encrypt before the application "
						+ "opens it, name another one by heliosdb.path, or take heliosdb.encryption away. Nothing was changed.";
			case DatabaseKey.UNKNOWN_CIPHER ->
				"Use the version of HeliosDB that wrote the database, or a later one. " + "Nothing was changed.";
			default -> "Make the key available where heliosdb.encryption.key-file, or the bean of type "
					+ "EncryptionKeyProvider, looks for it.";
		};
	}

	private static @Nullable String action(SQLException exception) {
		if (SqlState.WRONG_KEY.code().equals(exception.getSQLState())) {
			return actionForKey(exception.getErrorCode());
		}
		if (SqlState.INVALID_PARAMETER_VALUE.code().equals(exception.getSQLState())) {
			return "Correct the parameter where it is set: in spring.datasource.url, by a property that starts with "
					+ "heliosdb, or in heliosdb.connection-properties.";
		}
		if (SqlState.NO_HISTORY.code().equals(exception.getSQLState())) {
			return "Take heliosdb.connection-properties.as-of away, or as_of in spring.datasource.url, or use a database "
					+ "file with heliosdb.history.enabled=true.";
		}
		return switch (exception.getErrorCode() & 0xff) {
			case SQLITE_BUSY -> "Stop the other process, or give this application a database of its own by "
					+ "heliosdb.path or spring.datasource.url. A database belongs to one process at a time.";
			case SQLITE_CANTOPEN -> "Check that the folder exists and that this user may read and write it, or name "
					+ "another file by heliosdb.path or spring.datasource.url.";
			case SQLITE_NOTADB -> "Name another file by heliosdb.path or spring.datasource.url, or move this one away: "
					+ "it was not touched.";
			default -> null;
		};
	}

}
