package io.heliosdb.engine;

/**
 * The native engine could not be loaded. The message says what was looked for, where, and
 * what to do.
 */
public final class EngineLoadException extends Exception {

	private static final long serialVersionUID = 1L;

	EngineLoadException(String message) {
		super(message);
	}

	EngineLoadException(String message, Throwable cause) {
		super(message, cause);
	}

}
