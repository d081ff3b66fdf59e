package io.heliosdb.samples.quickstart;

record NearbyCity(long id, String name, String country, double latitude, double longitude, long population,
		double distanceKm) {
}
