/**
 * The native engine: finds, verifies and loads its library, and executes statements
 * through it. This is the driver's foundation; applications use {@code io.heliosdb.jdbc}.
 */
package io.heliosdb.engine;
