package io.heliosdb.samples.quickstart;

import java.util.List;

import org.hibernate.validator.constraints.Range;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/statistics")
class StatisticsController {

	private final CityRepository cities;

	StatisticsController(CityRepository cities) {
		this.cities = cities;
	}

	@GetMapping("/countries")
	List<PopulationTotal> countries(@RequestParam(defaultValue = "10") @Range(min = 1, max = 300) int top) {
		return this.cities.countriesByPopulation(top);
	}

	@GetMapping("/regions")
	List<PopulationTotal> regions(@RequestParam String country,
			@RequestParam(defaultValue = "10") @Range(min = 1, max = 300) int top) {
		return this.cities.regionsByPopulation(country, top);
	}

}
