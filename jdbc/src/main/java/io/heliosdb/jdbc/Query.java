package io.heliosdb.jdbc;

/**
 * A statement as a {@link QueryListener} sees it. Immutable; one object serves all
 * executions of a prepared statement.
 *
 * @param sql the SQL text as the application gave it, without parameter values
 * @param operation the statement's first keyword in upper case, such as {@code SELECT} or
 * {@code INSERT}; for {@code WITH} the keyword of the statement that follows it
 * @param database the database's name: the file's name without its folder, the name of a
 * shared memory database, or {@code :memory:}
 */
public record Query(String sql, String operation, String database) {
}
