package io.heliosdb.samples.quickstart;

import java.util.List;

/**
 * One page of a result.
 *
 * @param page number of the page, the first is 0
 * @param size the most items that a page holds
 * @param total number of items on all pages
 */
record Page<T>(List<T> items, int page, int size, long total) {
}
