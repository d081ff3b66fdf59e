/** Tests on a throw-away database. */
@NullMarked
package io.heliosdb.boot.test;

import org.jspecify.annotations.NullMarked;
