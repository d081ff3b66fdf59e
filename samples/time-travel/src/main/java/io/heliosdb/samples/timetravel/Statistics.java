package io.heliosdb.samples.timetravel;

import io.heliosdb.boot.timetravel.AsOf;
import io.heliosdb.jdbc.PointInTime;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * A service as any application has it. It became one that can look back by a parameter.
 */
@Service
@Transactional(readOnly = true)
class Statistics {

	private final JdbcClient jdbc;

	Statistics(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Count the people of a country's cities.
	 * @param country the country's code
	 * @param point the point to look at, {@code null} for the present
	 */
	long population(String country, @AsOf @Nullable PointInTime point) {
		return this.jdbc.sql("""
				SELECT sum(city.population)
				FROM city
				JOIN region ON region.code = city.region_code
				WHERE region.country_code = ?""").param(country).query(Long.class).single();
	}

}
