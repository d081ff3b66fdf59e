/**
 * Time travel for Spring's applications: reading, comparing and restoring the past of a
 * HeliosDB database. Depends on Spring's JDBC support, not on Spring Boot.
 */
@NullMarked
package io.heliosdb.boot.timetravel;

import org.jspecify.annotations.NullMarked;
