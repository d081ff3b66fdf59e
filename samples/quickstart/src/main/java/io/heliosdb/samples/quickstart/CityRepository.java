package io.heliosdb.samples.quickstart;

import java.util.List;
import java.util.Optional;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

@Repository
class CityRepository {

	private static final double KM_PER_DEGREE = 111.195;

	private final JdbcClient jdbcClient;

	CityRepository(JdbcClient jdbcClient) {
		this.jdbcClient = jdbcClient;
	}

	Optional<City> find(long id) {
		return this.jdbcClient.sql("SELECT * FROM city_details WHERE id = ?").param(id).query(City.class).optional();
	}

	/**
	 * Find cities by their name, regardless of the case of the letters A to Z.
	 * @param name what the name starts with, or contains
	 * @param anywhere whether a name may contain it anywhere
	 */
	@Transactional(readOnly = true)
	public Page<City> search(String name, boolean anywhere, int page, int size) {
		String literal = name.replaceAll("[\\\\%_]", "\\\\$0");
		String pattern = anywhere ? "%" + literal + "%" : literal + "%";
		long total = this.jdbcClient.sql("SELECT count(*) FROM city WHERE name LIKE ? ESCAPE '\\'")
			.param(pattern)
			.query(Long.class)
			.single();
		List<City> cities = this.jdbcClient.sql("""
				SELECT * FROM city_details
				WHERE name LIKE :pattern ESCAPE '\\'
				ORDER BY name, id
				LIMIT :size OFFSET :offset
				""")
			.param("pattern", pattern)
			.param("size", size)
			.param("offset", (long) page * size)
			.query(City.class)
			.list();
		return new Page<>(cities, page, size, total);
	}

	/**
	 * Find the cities around a point, the nearest first. The index narrows them down to a
	 * band of latitudes, which unlike a box has no seams at the poles and the date line.
	 */
	List<NearbyCity> findNear(double latitude, double longitude, double radiusKm, int limit) {
		return this.jdbcClient.sql("""
				SELECT * FROM (
					SELECT id, name, country, latitude, longitude, population,
						round(2 * 6371 * asin(sqrt(pow(sin(radians(latitude - :latitude) / 2), 2)
							+ cos(radians(latitude)) * cos(radians(:latitude))
							* pow(sin(radians(longitude - :longitude) / 2), 2))), 1) AS distance_km
					FROM city_details
					WHERE latitude BETWEEN :south AND :north
				)
				WHERE distance_km <= :radius
				ORDER BY distance_km
				LIMIT :limit
				""")
			.param("latitude", latitude)
			.param("longitude", longitude)
			.param("south", latitude - radiusKm / KM_PER_DEGREE)
			.param("north", latitude + radiusKm / KM_PER_DEGREE)
			.param("radius", radiusKm)
			.param("limit", limit)
			.query(NearbyCity.class)
			.list();
	}

	List<PopulationTotal> countriesByPopulation(int top) {
		return this.jdbcClient.sql("""
				SELECT country_code AS code, country AS name, count(*) AS cities, sum(population) AS population
				FROM city_details
				GROUP BY country_code
				ORDER BY sum(population) DESC
				LIMIT ?
				""").param(top).query(PopulationTotal.class).list();
	}

	List<PopulationTotal> regionsByPopulation(String countryCode, int top) {
		return this.jdbcClient.sql("""
				SELECT region_code AS code, region AS name, count(*) AS cities, sum(population) AS population
				FROM city_details
				WHERE country_code = ?
				GROUP BY region_code
				ORDER BY sum(population) DESC
				LIMIT ?
				""").param(countryCode).param(top).query(PopulationTotal.class).list();
	}

	long add(NewCity city) {
		KeyHolder key = new GeneratedKeyHolder();
		this.jdbcClient.sql("""
				INSERT INTO city (region_code, name, latitude, longitude, population)
				VALUES (:regionCode, :name, :latitude, :longitude, :population)
				""").paramSource(city).update(key, "id");
		return key.getKeyAs(Number.class).longValue();
	}

	void setPopulation(long id, long population) {
		int rows = this.jdbcClient.sql("UPDATE city SET population = ? WHERE id = ?")
			.param(population)
			.param(id)
			.update();
		requireFound(id, rows);
	}

	void delete(long id) {
		int rows = this.jdbcClient.sql("DELETE FROM city WHERE id = ?").param(id).update();
		requireFound(id, rows);
	}

	/**
	 * Merge a city into another one, which takes over its population. When either does
	 * not exist, nothing changes.
	 */
	@Transactional
	public void merge(long id, long targetId) {
		City city = find(id).orElseThrow(() -> new CityNotFoundException(id));
		delete(id);
		int rows = this.jdbcClient.sql("UPDATE city SET population = population + ? WHERE id = ?")
			.param(city.population())
			.param(targetId)
			.update();
		requireFound(targetId, rows);
	}

	private static void requireFound(long id, int rows) {
		if (rows == 0) {
			throw new CityNotFoundException(id);
		}
	}

}
