/** Makes Flyway know HeliosDB. */
@NullMarked
package io.heliosdb.boot.flyway;

import org.jspecify.annotations.NullMarked;
