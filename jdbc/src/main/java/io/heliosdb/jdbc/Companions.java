package io.heliosdb.jdbc;

import java.util.List;

/**
 * Statements that are executed with another, in one transaction.
 *
 * @param before those before it
 * @param after those after it
 */
record Companions(List<String> before, List<String> after) {

	static final Companions NONE = new Companions(List.of(), List.of());

}
