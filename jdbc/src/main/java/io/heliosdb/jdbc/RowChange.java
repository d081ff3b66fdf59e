package io.heliosdb.jdbc;

/**
 * How a row differs between two points, whatever happened to it in between.
 *
 * @param <T> what a row is read as
 * @param operation {@code INSERT} if only the later point has the row, {@code DELETE} if
 * only the earlier one has it, {@code UPDATE} if its values differ
 * @param before the row at the earlier point, {@code null} if it was not there
 * @param after the row at the later point, {@code null} if it is not there
 */
public record RowChange<T>(RowOperation operation, T before, T after) {
}
