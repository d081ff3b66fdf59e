/**
 * Vector search for Spring's applications. Depends on Spring's JDBC support, not on
 * Spring Boot.
 */
@NullMarked
package io.heliosdb.boot.vector;

import org.jspecify.annotations.NullMarked;
