/** Auto-configuration for HeliosDB. */
@NullMarked
package io.heliosdb.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
