package io.heliosdb.samples.quickstart;

/**
 * The cities of a country or region, added up.
 */
record PopulationTotal(String code, String name, long cities, long population) {
}
