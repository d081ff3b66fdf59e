package io.heliosdb.samples.quickstart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.test.web.servlet.client.RestTestClient.ResponseSpec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Drives the packaged jar over HTTP and holds its answers against the files of the data
 * set.
 */
class QuickstartIT {

	private static final long BERLIN = 2950159;

	private static final long NO_CITY = 1;

	private static final NewCity ATLANTIS = new NewCity("Atlantis", "DE.16", 52.5, 13.4, 1000L);

	@TempDir
	private static Path directory;

	private static QuickstartProcess process;

	private static RestTestClient client;

	@BeforeAll
	static void startInAnEmptyDirectory() throws IOException {
		process = QuickstartProcess.start(directory);
		client = process.readyClient();
	}

	@AfterAll
	static void stop() {
		process.close();
	}

	@Test
	void everyCityOfTheDatasetIsThere() {
		assertThat(search("", false)).containsExactlyInAnyOrderElementsOf(Dataset.CITIES);
	}

	@Test
	void searchFindsCitiesByTheStartOfTheirName() {
		assertThat(search("BER", false)).isNotEmpty()
			.containsExactlyElementsOf(citiesByName((city) -> city.name().toLowerCase(Locale.ROOT).startsWith("ber")));
	}

	@Test
	void searchFindsCitiesByAnyPartOfTheirName() {
		assertThat(search("São", true)).isNotEmpty()
			.containsExactlyElementsOf(citiesByName((city) -> city.name().contains("São")));
	}

	@Test
	void searchTakesWildcardsAsLetters() {
		assertThat(search("%", true)).isEmpty();
		assertThat(search("_", true)).isEmpty();
		assertThat(search("\\", true)).isEmpty();
	}

	@Test
	void searchRefusesAPageThatIsTooLarge() {
		expectProblem(client.get().uri("/cities?size=101").exchange(), HttpStatus.BAD_REQUEST,
				"size must be between 1 and 100");
	}

	@Test
	void cityComesWithItsRegionAndCountry() {
		assertThat(get(BERLIN)).isEqualTo(
				new City(BERLIN, "Berlin", "DE.16", "State of Berlin", "DE", "Germany", 52.52437, 13.41053, 3426354));
	}

	@Test
	void nearFindsTheCitiesAroundAPointNearestFirst() {
		List<NearbyCity> found = near(52.52437, 13.41053, 60);
		assertThat(found).extracting(NearbyCity::id)
			.startsWith(BERLIN)
			.containsExactlyInAnyOrderElementsOf(Dataset.CITIES.stream()
				.filter((city) -> distanceKm(city, 52.52437, 13.41053) <= 60)
				.map(City::id)
				.toList());
		assertThat(found).isSortedAccordingTo(Comparator.comparingDouble(NearbyCity::distanceKm))
			.allSatisfy((city) -> assertThat(city.distanceKm()).isBetween(0.0, 60.0));
	}

	@Test
	void nearReachesAcrossTheDateLine() {
		assertThat(near(-18, -179.9, 400)).extracting(NearbyCity::name).contains("Suva", "Lautoka");
	}

	@Test
	void statisticsAddUpTheCitiesOfEachCountry() {
		assertThat(statistics("/statistics/countries?top=300"))
			.containsExactlyInAnyOrderElementsOf(totals(Dataset.CITIES, City::countryCode, City::country))
			.isSortedAccordingTo(Comparator.comparingLong(PopulationTotal::population).reversed());
		assertThat(statistics("/statistics/countries?top=2")).extracting(PopulationTotal::code)
			.containsExactly("CN", "IN");
	}

	@Test
	void statisticsAddUpTheCitiesOfEachRegionOfACountry() {
		List<City> cities = Dataset.CITIES.stream().filter((city) -> city.countryCode().equals("BR")).toList();
		assertThat(statistics("/statistics/regions?country=BR&top=300"))
			.containsExactlyInAnyOrderElementsOf(totals(cities, City::regionCode, City::region))
			.isSortedAccordingTo(Comparator.comparingLong(PopulationTotal::population).reversed());
	}

	@Test
	void addedCityCanBeReadChangedAndDeleted() {
		City city = add(ATLANTIS);
		assertThat(city)
			.isEqualTo(new City(city.id(), "Atlantis", "DE.16", "State of Berlin", "DE", "Germany", 52.5, 13.4, 1000));
		setPopulation(city.id(), 2000).expectStatus().isOk();
		assertThat(get(city.id()).population()).isEqualTo(2000);
		delete(city.id()).expectStatus().isNoContent();
		client.get().uri("/cities/{id}", city.id()).exchange().expectStatus().isNotFound();
	}

	@Test
	void secondCityOfTheSameNameInARegionIsAConflict() {
		NewCity berlin = new NewCity("Berlin", "DE.16", 52.5, 13.4, 1000L);
		expectProblem(post(berlin), HttpStatus.CONFLICT, "The region has a city of this name already");
	}

	@Test
	void cityInAnUnknownRegionIsRefused() {
		NewCity city = new NewCity("Atlantis", "XX.00", 52.5, 13.4, 1000L);
		expectProblem(post(city), HttpStatus.BAD_REQUEST, "There is no such region");
	}

	@Test
	void cityWithInvalidFieldsIsRefusedWithAllOfThem() {
		NewCity city = new NewCity(" ", "DE.16", null, 181.0, -1L);
		expectProblem(post(city), HttpStatus.BAD_REQUEST,
				"latitude must not be null, " + "longitude must be between -180 and 180, name must not be blank, "
						+ "population must be greater than or equal to 0");
	}

	@Test
	void unknownCityIsNotFound() {
		String detail = "There is no city " + NO_CITY;
		expectProblem(client.get().uri("/cities/{id}", NO_CITY).exchange(), HttpStatus.NOT_FOUND, detail);
		expectProblem(setPopulation(NO_CITY, 2000), HttpStatus.NOT_FOUND, detail);
		expectProblem(delete(NO_CITY), HttpStatus.NOT_FOUND, detail);
	}

	@Test
	void mergedCityHandsItsPopulationOver() {
		City source = add(ATLANTIS);
		City target = add(new NewCity("New Atlantis", "DE.16", 52.5, 13.4, 500L));
		merge(source.id(), target.id()).expectStatus().isOk();
		assertThat(get(target.id()).population()).isEqualTo(1500);
		client.get().uri("/cities/{id}", source.id()).exchange().expectStatus().isNotFound();
		delete(target.id()).expectStatus().isNoContent();
	}

	@Test
	void mergeThatFailsChangesNothing() {
		City source = get(BERLIN);
		expectProblem(merge(BERLIN, NO_CITY), HttpStatus.NOT_FOUND, "There is no city " + NO_CITY);
		expectProblem(merge(BERLIN, BERLIN), HttpStatus.BAD_REQUEST, "A city cannot be merged into itself");
		assertThat(get(BERLIN)).isEqualTo(source);
	}

	@Test
	void healthDescribesTheDatabaseAndTheDataset() throws IOException {
		client.get()
			.uri("/actuator/health")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.components.heliosDb.status")
			.isEqualTo("UP")
			.jsonPath("$.components.heliosDb.details.path")
			.isEqualTo(directory.toRealPath().resolve("quickstart.db").toString())
			.jsonPath("$.components.dataset.details.loadedRows")
			.isEqualTo(Dataset.ROWS)
			.jsonPath("$.components.dataset.details.totalRows")
			.isEqualTo(Dataset.ROWS);
	}

	@Test
	void metricsTimeTheStatements() {
		get(BERLIN);
		client.get()
			.uri("/actuator/metrics/db.client.operation.duration?tag=db.system.name:heliosdb&tag=db.operation.name:SELECT")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody()
			.jsonPath("$.measurements[?(@.statistic == 'COUNT' && @.value > 0)]")
			.isNotEmpty();
	}

	private static List<City> search(String name, boolean anywhere) {
		List<City> cities = new ArrayList<>();
		Page<City> page;
		do {
			page = client.get()
				.uri("/cities?name={name}&anywhere={anywhere}&page={page}&size=100", name, anywhere,
						cities.size() / 100)
				.exchange()
				.expectStatus()
				.isOk()
				.expectBody(new ParameterizedTypeReference<Page<City>>() {
				})
				.returnResult()
				.getResponseBody();
			cities.addAll(page.items());
		}
		while (cities.size() < page.total());
		return cities;
	}

	private static List<NearbyCity> near(double latitude, double longitude, double radiusKm) {
		return client.get()
			.uri("/cities/near?latitude={latitude}&longitude={longitude}&radiusKm={radius}&limit=100", latitude,
					longitude, radiusKm)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(new ParameterizedTypeReference<List<NearbyCity>>() {
			})
			.returnResult()
			.getResponseBody();
	}

	private static List<PopulationTotal> statistics(String uri) {
		return client.get()
			.uri(uri)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(new ParameterizedTypeReference<List<PopulationTotal>>() {
			})
			.returnResult()
			.getResponseBody();
	}

	private static City get(long id) {
		return client.get()
			.uri("/cities/{id}", id)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(City.class)
			.returnResult()
			.getResponseBody();
	}

	private static City add(NewCity city) {
		City added = post(city).expectStatus().isCreated().expectBody(City.class).returnResult().getResponseBody();
		return get(added.id());
	}

	private static ResponseSpec post(NewCity city) {
		return client.post().uri("/cities").body(city).exchange();
	}

	private static ResponseSpec setPopulation(long id, long population) {
		return client.put().uri("/cities/{id}/population", id).body(new Population(population)).exchange();
	}

	private static ResponseSpec delete(long id) {
		return client.delete().uri("/cities/{id}", id).exchange();
	}

	private static ResponseSpec merge(long id, long targetId) {
		return client.post().uri("/cities/{id}/merge-into/{targetId}", id, targetId).exchange();
	}

	private static void expectProblem(ResponseSpec response, HttpStatus status, String detail) {
		response.expectStatus()
			.isEqualTo(status)
			.expectHeader()
			.contentType(MediaType.APPLICATION_PROBLEM_JSON)
			.expectBody()
			.jsonPath("$.detail")
			.isEqualTo(detail);
	}

	private static List<City> citiesByName(Predicate<City> filter) {
		return Dataset.CITIES.stream()
			.filter(filter)
			.sorted(Comparator.comparing(City::name).thenComparing(City::id))
			.toList();
	}

	private static List<PopulationTotal> totals(List<City> cities, Function<City, String> code,
			Function<City, String> name) {
		return cities.stream()
			.collect(Collectors.groupingBy(code))
			.values()
			.stream()
			.map((group) -> new PopulationTotal(code.apply(group.get(0)), name.apply(group.get(0)), group.size(),
					group.stream().mapToLong(City::population).sum()))
			.toList();
	}

	/**
	 * The distance by the law of cosines: not the formula that the service uses.
	 */
	private static double distanceKm(City city, double latitude, double longitude) {
		double a = Math.toRadians(city.latitude());
		double b = Math.toRadians(latitude);
		double angle = Math.toRadians(city.longitude() - longitude);
		return 6371 * Math.acos(Math.min(1, Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(angle)));
	}

}
