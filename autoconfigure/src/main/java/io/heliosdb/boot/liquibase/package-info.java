/** Makes Liquibase use what HeliosDB's SQLite can do. */
@NullMarked
package io.heliosdb.boot.liquibase;

import org.jspecify.annotations.NullMarked;
