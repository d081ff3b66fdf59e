package io.heliosdb.engine;

/**
 * SQLite reported an error.
 */
public final class NativeException extends Exception {

	private static final long serialVersionUID = 1L;

	private final int code;

	private final int offset;

	NativeException(int code, int offset, String message) {
		this(code, offset, message, null);
	}

	NativeException(int code, int offset, String message, Throwable cause) {
		super(message, cause);
		this.code = code;
		this.offset = offset;
	}

	/**
	 * SQLite's extended result code; its low byte is the primary code.
	 * @return the code
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Where in the SQL text the error is.
	 * @return offset in bytes of UTF-8, -1 if the error has no place in the text
	 */
	public int offset() {
		return this.offset;
	}

}
