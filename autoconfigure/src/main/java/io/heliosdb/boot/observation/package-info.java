/**
 * What HeliosDB tells Micrometer about its queries and files, and the log of slow
 * queries. Depends on Micrometer, not on Spring Boot.
 */
@NullMarked
package io.heliosdb.boot.observation;

import org.jspecify.annotations.NullMarked;
