package io.heliosdb.samples.timetravel;

/**
 * A row of the table {@code city}, without its coordinates.
 *
 * @param id its key
 * @param regionCode the region that it lies in
 * @param name its name
 * @param population number of inhabitants
 */
record City(long id, String regionCode, String name, long population) {
}
