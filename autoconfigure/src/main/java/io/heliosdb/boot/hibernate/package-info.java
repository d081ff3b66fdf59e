/** Makes Hibernate know HeliosDB. */
@NullMarked
package io.heliosdb.boot.hibernate;

import org.jspecify.annotations.NullMarked;
