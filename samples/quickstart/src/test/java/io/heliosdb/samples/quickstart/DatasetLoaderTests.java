package io.heliosdb.samples.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link DatasetLoader}.
 */
class DatasetLoaderTests {

	private final SingleConnectionDataSource dataSource = new SingleConnectionDataSource("jdbc:heliosdb::memory:",
			true);

	private final JdbcTemplate jdbcTemplate = new JdbcTemplate(this.dataSource);

	@TempDir
	private Path directory;

	@BeforeEach
	void createTablesAndSmallDataset() throws IOException {
		new ResourceDatabasePopulator(new ClassPathResource("db/migration/V1__world.sql")).execute(this.dataSource);
		write("countries.csv", "code,name,capital,continent,currency", "AQ,Antarctica,,Antarctica,",
				"KR,South Korea,Seoul,Asia,KRW");
		write("regions.csv", "code,country_code,name", "KR.11,KR,Seoul");
		write("cities.csv", "id,region_code,name,latitude,longitude,population",
				"1835848,KR.11,Seoul,37.566,126.9784,10349312");
	}

	@AfterEach
	void closeDatabase() {
		this.dataSource.close();
	}

	@Test
	void loadsEveryRow() {
		DatasetLoader loader = loader(this.jdbcTemplate);
		loader.run(null);
		assertThat(loader.progress()).isEqualTo(new LoadProgress(true, 4, 4));
		assertThat(this.jdbcTemplate.queryForMap("SELECT * FROM city")).containsEntry("region_code", "KR.11")
			.containsEntry("name", "Seoul")
			.containsEntry("latitude", 37.566)
			.containsEntry("longitude", 126.9784)
			.extractingByKey("population")
			.asString()
			.isEqualTo("10349312");
	}

	@Test
	void storesAnEmptyValueAsNull() {
		loader(this.jdbcTemplate).run(null);
		assertThat(this.jdbcTemplate.queryForMap("SELECT capital, currency FROM country WHERE code = 'AQ'"))
			.containsEntry("capital", null)
			.containsEntry("currency", null);
	}

	@Test
	void leavesFilledTablesAlone() {
		loader(this.jdbcTemplate).run(null);
		this.jdbcTemplate.update("DELETE FROM city");
		DatasetLoader loader = loader(this.jdbcTemplate);
		loader.run(null);
		assertThat(loader.progress()).isEqualTo(new LoadProgress(true, 0, 0));
		assertThat(countRows("city")).isZero();
	}

	@Test
	void namesFileAndLineOfARowThatTheDatabaseRefuses() throws IOException {
		write("cities.csv", "id,region_code,name,latitude,longitude,population",
				"1835848,KR.11,Seoul,37.566,126.9784,10349312", "1838524,KR.10,Busan,35.10278,129.04028,3678555",
				"1843564,KR.11,Incheon,37.45646,126.70515,2628000");
		assertThatIllegalStateException().isThrownBy(() -> loader(this.jdbcTemplate).run(null))
			.withMessageStartingWith("cities.csv, line 3: ")
			.withMessageContaining("FOREIGN KEY");
		assertThatTablesAreEmpty();
	}

	@Test
	void namesFileAndLineOfAValueThatIsNotANumber() throws IOException {
		write("cities.csv", "id,region_code,name,latitude,longitude,population",
				"1835848,KR.11,Seoul,37.566,126.9784,many");
		assertThatIllegalStateException().isThrownBy(() -> loader(this.jdbcTemplate).run(null))
			.withMessageStartingWith("cities.csv, line 2: ")
			.withMessageContaining("city.population");
		assertThatTablesAreEmpty();
	}

	@Test
	void namesFileAndLineOfARowWithTooFewColumns() throws IOException {
		write("regions.csv", "code,country_code,name", "KR.11,KR,Seoul", "KR.10,Busan");
		assertThatIllegalStateException().isThrownBy(() -> loader(this.jdbcTemplate).run(null))
			.withMessage("regions.csv, line 3: 2 columns instead of 3");
		assertThatTablesAreEmpty();
	}

	@Test
	void namesFileAndLineOfAMisplacedQuote() throws IOException {
		write("countries.csv", "code,name,capital,continent,currency", "KR,\"South\" Korea,Seoul,Asia,KRW");
		assertThatIllegalStateException().isThrownBy(() -> loader(this.jdbcTemplate).run(null))
			.withMessageStartingWith("countries.csv: ")
			.withMessageContaining("line: 2");
		assertThatTablesAreEmpty();
	}

	@Test
	void aStoppedLoadLeavesNothing() {
		StoppingJdbcTemplate template = new StoppingJdbcTemplate();
		template.loader = loader(template);
		template.loader.run(null);
		assertThat(template.loader.progress()).isEqualTo(new LoadProgress(false, 2, 4));
		assertThatTablesAreEmpty();
	}

	private DatasetLoader loader(JdbcTemplate jdbcTemplate) {
		return new DatasetLoader(jdbcTemplate, new TransactionTemplate(new JdbcTransactionManager(this.dataSource)),
				new DefaultResourceLoader(), this.directory.toUri().toString());
	}

	private void write(String file, String... lines) throws IOException {
		Files.write(this.directory.resolve(file), List.of(lines));
	}

	private void assertThatTablesAreEmpty() {
		assertThat(List.of("country", "region", "city")).allSatisfy((table) -> assertThat(countRows(table)).isZero());
	}

	private long countRows(String table) {
		return this.jdbcTemplate.queryForObject("SELECT count(*) FROM " + table, Long.class);
	}

	/**
	 * Stops the load as soon as the first batch is in.
	 */
	private final class StoppingJdbcTemplate extends JdbcTemplate {

		private DatasetLoader loader;

		private StoppingJdbcTemplate() {
			super(DatasetLoaderTests.this.dataSource);
		}

		@Override
		public int[] batchUpdate(String sql, List<? extends Object[]> batchArgs) {
			int[] counts = super.batchUpdate(sql, batchArgs);
			this.loader.destroy();
			return counts;
		}

	}

}
