package io.heliosdb.samples.timetravel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The cities of the world, from the files of the quickstart.
 */
@Component
class Dataset {

	private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder()
		.setHeader()
		.setSkipHeaderRecord(true)
		.setNullString("")
		.get();

	private final JdbcTemplate jdbc;

	Dataset(JdbcTemplate jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Fill the tables anew, as one commit.
	 */
	@Transactional
	void load() throws IOException {
		this.jdbc.batchUpdate("DELETE FROM city", "DELETE FROM region", "DELETE FROM country");
		load("country", "countries.csv");
		load("region", "regions.csv");
		load("city", "cities.csv");
	}

	private void load(String table, String file) throws IOException {
		try (InputStream content = new ClassPathResource("dataset/" + file).getInputStream();
				CSVParser parser = CSVParser.parse(content, StandardCharsets.UTF_8, FORMAT)) {
			List<String> columns = parser.getHeaderNames();
			this.jdbc.batchUpdate(
					"INSERT INTO %s (%s) VALUES (%s)".formatted(table, String.join(", ", columns),
							String.join(", ", Collections.nCopies(columns.size(), "?"))),
					parser.stream().map(CSVRecord::values).toList());
		}
	}

}
