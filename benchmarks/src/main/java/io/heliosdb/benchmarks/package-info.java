/**
 * What HeliosDB costs beside sqlite-jdbc and H2: the same statements on the same rows,
 * with the same code around them.
 */
package io.heliosdb.benchmarks;
