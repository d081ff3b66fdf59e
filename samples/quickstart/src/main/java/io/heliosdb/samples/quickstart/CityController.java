package io.heliosdb.samples.quickstart;

import java.net.URI;
import java.util.List;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import org.hibernate.validator.constraints.Range;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
@RequestMapping("/cities")
class CityController {

	private final CityRepository cities;

	CityController(CityRepository cities) {
		this.cities = cities;
	}

	@GetMapping
	Page<City> search(@RequestParam(defaultValue = "") String name,
			@RequestParam(defaultValue = "false") boolean anywhere,
			@RequestParam(defaultValue = "0") @PositiveOrZero int page,
			@RequestParam(defaultValue = "20") @Range(min = 1, max = 100) int size) {
		return this.cities.search(name, anywhere, page, size);
	}

	@GetMapping("/near")
	List<NearbyCity> near(@RequestParam @Range(min = -90, max = 90) double latitude,
			@RequestParam @Range(min = -180, max = 180) double longitude,
			@RequestParam(defaultValue = "50") @Positive @Range(max = 1000) double radiusKm,
			@RequestParam(defaultValue = "20") @Range(min = 1, max = 100) int limit) {
		return this.cities.findNear(latitude, longitude, radiusKm, limit);
	}

	@GetMapping("/{id}")
	City get(@PathVariable long id) {
		return this.cities.find(id).orElseThrow(() -> new CityNotFoundException(id));
	}

	@PostMapping
	ResponseEntity<City> add(@Valid @RequestBody NewCity city) {
		long id = this.cities.add(city);
		return ResponseEntity.created(URI.create("/cities/" + id)).body(get(id));
	}

	@PutMapping("/{id}/population")
	City setPopulation(@PathVariable long id, @Valid @RequestBody Population population) {
		this.cities.setPopulation(id, population.population());
		return get(id);
	}

	@PostMapping("/{id}/merge-into/{targetId}")
	City merge(@PathVariable long id, @PathVariable long targetId) {
		if (id == targetId) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A city cannot be merged into itself");
		}
		this.cities.merge(id, targetId);
		return get(targetId);
	}

	@DeleteMapping("/{id}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable long id) {
		this.cities.delete(id);
	}

}
