package io.heliosdb.samples.quickstart;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The cities that the files of the data set hold: what the service has to answer.
 */
final class Dataset {

	static final int ROWS;

	static final List<City> CITIES;

	static {
		Map<String, CSVRecord> countries = read("countries.csv", "code");
		Map<String, CSVRecord> regions = read("regions.csv", "code");
		Map<String, CSVRecord> cities = read("cities.csv", "id");
		ROWS = countries.size() + regions.size() + cities.size();
		CITIES = cities.values().stream().map((city) -> {
			CSVRecord region = regions.get(city.get("region_code"));
			CSVRecord country = countries.get(region.get("country_code"));
			return new City(Long.parseLong(city.get("id")), city.get("name"), region.get("code"), region.get("name"),
					country.get("code"), country.get("name"), Double.parseDouble(city.get("latitude")),
					Double.parseDouble(city.get("longitude")), Long.parseLong(city.get("population")));
		}).toList();
	}

	private Dataset() {
	}

	private static Map<String, CSVRecord> read(String file, String key) {
		try (InputStream resource = Dataset.class.getResourceAsStream("/dataset/" + file);
				CSVParser parser = CSVParser.parse(resource, StandardCharsets.UTF_8,
						CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get())) {
			return parser.stream().collect(Collectors.toMap((row) -> row.get(key), Function.identity()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
