/**
 * The JDBC driver for {@code jdbc:heliosdb:} URLs.
 */
package io.heliosdb.jdbc;
