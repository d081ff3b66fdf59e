/**
 * What the packages for Spring's applications share. Not for use by others: it may change
 * with any version.
 */
@NullMarked
package io.heliosdb.boot.support;

import org.jspecify.annotations.NullMarked;
