/**
 * The driver's view of SQL text: tokens, and what little it needs to know of a statement
 * before SQLite sees it.
 */
package io.heliosdb.jdbc.sql;
