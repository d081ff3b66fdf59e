package io.heliosdb.samples.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.io.ResourceLoader;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Fills the empty tables at the first start. All rows go in as one transaction, so that a
 * load that is interrupted leaves nothing behind and the next start begins anew.
 */
@Component
class DatasetLoader implements ApplicationRunner, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(DatasetLoader.class);

	private static final int BATCH_SIZE = 2000;

	private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder()
		.setHeader()
		.setSkipHeaderRecord(true)
		.setNullString("")
		.get();

	/** A table comes after those that it refers to. */
	private static final List<Table> TABLES = List.of(
			new Table("country", "countries.csv", List.of("code", "name", "capital", "continent", "currency")),
			new Table("region", "regions.csv", List.of("code", "country_code", "name")), new Table("city", "cities.csv",
					List.of("id", "region_code", "name", "latitude", "longitude", "population")));

	private final JdbcTemplate jdbcTemplate;

	private final TransactionTemplate transaction;

	private final ResourceLoader resources;

	private final String location;

	private final Lock running = new ReentrantLock();

	private volatile boolean stopped;

	private volatile LoadProgress progress = new LoadProgress(false, 0, 0);

	DatasetLoader(JdbcTemplate jdbcTemplate, TransactionTemplate transaction, ResourceLoader resources,
			@Value("${quickstart.dataset:classpath:dataset/}") String location) {
		this.jdbcTemplate = jdbcTemplate;
		this.transaction = transaction;
		this.resources = resources;
		this.location = location;
	}

	LoadProgress progress() {
		return this.progress;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		this.running.lock();
		try {
			if (this.jdbcTemplate.queryForList("SELECT 1 FROM country LIMIT 1").isEmpty()) {
				this.transaction.executeWithoutResult((status) -> load());
			}
			this.progress = this.progress.completed();
		}
		catch (CancellationException ex) {
			logger.warn("The load was stopped: nothing is stored, the next start begins anew");
		}
		finally {
			this.running.unlock();
		}
	}

	/**
	 * Stop a running load and wait for its end, so that the connection pool closes after.
	 */
	@Override
	public void destroy() {
		this.stopped = true;
		this.running.lock();
		this.running.unlock();
	}

	private void load() {
		long start = System.nanoTime();
		this.progress = new LoadProgress(false, 0, TABLES.stream().mapToLong(this::countRows).sum());
		TABLES.forEach(this::load);
		logger.info("Loaded {} rows in {} ms", this.progress.loaded(), (System.nanoTime() - start) / 1_000_000);
	}

	private long countRows(Table table) {
		try (BufferedReader reader = open(table)) {
			return reader.lines().skip(1).count();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void load(Table table) {
		try (CSVParser parser = CSVParser.parse(open(table), FORMAT)) {
			List<Row> batch = new ArrayList<>(BATCH_SIZE);
			for (CSVRecord record : parser) {
				batch.add(table.row(parser.getCurrentLineNumber(), record));
				if (batch.size() == BATCH_SIZE) {
					insert(table, batch);
					batch.clear();
				}
			}
			insert(table, batch);
		}
		catch (IOException | UncheckedIOException | IllegalArgumentException ex) {
			throw new IllegalStateException("%s: %s".formatted(table.file(), ex.getMessage()), ex);
		}
	}

	private void insert(Table table, List<Row> batch) {
		if (this.stopped) {
			throw new CancellationException();
		}
		try {
			this.jdbcTemplate.batchUpdate(table.insert(), batch.stream().map(Row::values).toList());
		}
		catch (DataAccessException ex) {
			if (ex.getCause() instanceof BatchUpdateException cause) {
				long line = batch.get(cause.getUpdateCounts().length).line();
				throw new IllegalStateException("%s, line %d: %s".formatted(table.file(), line, cause.getMessage()),
						ex);
			}
			throw ex;
		}
		this.progress = this.progress.plus(batch.size());
		logger.info("{} of {} rows, at {}", this.progress.loaded(), this.progress.total(), table.file());
	}

	private BufferedReader open(Table table) throws IOException {
		return new BufferedReader(new InputStreamReader(
				this.resources.getResource(this.location + table.file()).getInputStream(), StandardCharsets.UTF_8));
	}

	/**
	 * The columns of a table, named alike in the file. Values stay text: the database
	 * converts them to the type of the column, and refuses those that do not fit.
	 */
	private record Table(String name, String file, List<String> columns) {

		String insert() {
			return "INSERT INTO %s (%s) VALUES (%s)".formatted(this.name, String.join(", ", this.columns),
					String.join(", ", Collections.nCopies(this.columns.size(), "?")));
		}

		Row row(long line, CSVRecord record) {
			if (!record.isConsistent()) {
				throw new IllegalStateException("%s, line %d: %d columns instead of %d".formatted(this.file, line,
						record.size(), this.columns.size()));
			}
			return new Row(line, this.columns.stream().map(record::get).toArray());
		}

	}

	private record Row(long line, Object[] values) {
	}

}
