/** Makes Spring Data JDBC know HeliosDB. */
@NullMarked
package io.heliosdb.boot.data;

import org.jspecify.annotations.NullMarked;
