package io.heliosdb.jdbc;

/** What happened to a row. */
public enum RowOperation {

	/** It came into being. */
	INSERT,

	/** It got other values. */
	UPDATE,

	/** It went. */
	DELETE;

	/**
	 * An operation by the letter that the engine gives it.
	 * @param letter {@code I}, {@code U}, {@code D} or {@code null}
	 * @return the operation, {@code null} for {@code null}
	 */
	static RowOperation of(String letter) {
		if (letter == null) {
			return null;
		}
		return switch (letter) {
			case "I" -> INSERT;
			case "U" -> UPDATE;
			case "D" -> DELETE;
			default -> throw new IllegalArgumentException("There is no operation '" + letter + "'");
		};
	}

}
