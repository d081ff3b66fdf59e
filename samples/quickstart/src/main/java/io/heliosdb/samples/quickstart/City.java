package io.heliosdb.samples.quickstart;

/**
 * A city with the names of the region and the country that it lies in.
 *
 * @param latitude degrees, north is positive
 * @param longitude degrees, east is positive
 */
record City(long id, String name, String regionCode, String region, String countryCode, String country, double latitude,
		double longitude, long population) {
}
