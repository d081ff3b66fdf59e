package io.heliosdb.samples.quickstart;

import java.util.List;
import java.util.Optional;

import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.namedparam.SimplePropertySqlParameterSource;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;

@Repository
class CityRepository {

	private static final double KM_PER_DEGREE = 111.195;

	private static final RowMapper<City> CITY = new DataClassRowMapper<>(City.class);

	private static final RowMapper<NearbyCity> NEARBY_CITY = new DataClassRowMapper<>(NearbyCity.class);

	private static final RowMapper<PopulationTotal> POPULATION_TOTAL = new DataClassRowMapper<>(PopulationTotal.class);

	private final JdbcTemplate jdbcTemplate;

	private final SimpleJdbcInsert insert;

	CityRepository(JdbcTemplate jdbcTemplate) {
		this.jdbcTemplate = jdbcTemplate;
		this.insert = new SimpleJdbcInsert(jdbcTemplate).withTableName("city").usingGeneratedKeyColumns("id");
	}

	Optional<City> find(long id) {
		return this.jdbcTemplate.query("SELECT * FROM city_details WHERE id = ?", CITY, id).stream().findFirst();
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
		long total = this.jdbcTemplate.queryForObject("SELECT count(*) FROM city WHERE name LIKE ? ESCAPE '\\'",
				Long.class, pattern);
		List<City> cities = this.jdbcTemplate.query("""
				SELECT * FROM city_details
				WHERE name LIKE ? ESCAPE '\\'
				ORDER BY name, id
				LIMIT ? OFFSET ?
				""", CITY, pattern, size, (long) page * size);
		return new Page<>(cities, page, size, total);
	}

	/**
	 * Find the cities around a point, the nearest first. The index narrows them down to a
	 * band of latitudes, which unlike a box has no seams at the poles and the date line.
	 */
	List<NearbyCity> findNear(double latitude, double longitude, double radiusKm, int limit) {
		return this.jdbcTemplate.query("""
				WITH center (latitude, longitude, south, north) AS (VALUES (?, ?, ?, ?))
				SELECT * FROM (
					SELECT city.*,
						round(2 * 6371 * asin(sqrt(pow(sin(radians(city.latitude - center.latitude) / 2), 2)
							+ cos(radians(city.latitude)) * cos(radians(center.latitude))
							* pow(sin(radians(city.longitude - center.longitude) / 2), 2))), 1) AS distance_km
					FROM center
					JOIN city_details AS city ON city.latitude BETWEEN south AND north
				)
				WHERE distance_km <= ?
				ORDER BY distance_km
				LIMIT ?
				""", NEARBY_CITY, latitude, longitude, latitude - radiusKm / KM_PER_DEGREE,
				latitude + radiusKm / KM_PER_DEGREE, radiusKm, limit);
	}

	List<PopulationTotal> countriesByPopulation(int top) {
		return this.jdbcTemplate.query("""
				SELECT country_code AS code, country AS name, count(*) AS cities, sum(population) AS population
				FROM city_details
				GROUP BY country_code
				ORDER BY sum(population) DESC
				LIMIT ?
				""", POPULATION_TOTAL, top);
	}

	List<PopulationTotal> regionsByPopulation(String countryCode, int top) {
		return this.jdbcTemplate.query("""
				SELECT region_code AS code, region AS name, count(*) AS cities, sum(population) AS population
				FROM city_details
				WHERE country_code = ?
				GROUP BY region_code
				ORDER BY sum(population) DESC
				LIMIT ?
				""", POPULATION_TOTAL, countryCode, top);
	}

	long add(NewCity city) {
		return this.insert.executeAndReturnKey(new SimplePropertySqlParameterSource(city)).longValue();
	}

	void setPopulation(long id, long population) {
		int rows = this.jdbcTemplate.update("UPDATE city SET population = ? WHERE id = ?", population, id);
		requireFound(id, rows);
	}

	void delete(long id) {
		int rows = this.jdbcTemplate.update("DELETE FROM city WHERE id = ?", id);
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
		int rows = this.jdbcTemplate.update("UPDATE city SET population = population + ? WHERE id = ?",
				city.population(), targetId);
		requireFound(targetId, rows);
	}

	private static void requireFound(long id, int rows) {
		if (rows == 0) {
			throw new CityNotFoundException(id);
		}
	}

}
