package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import com.zaxxer.hikari.HikariDataSource;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * One peer's database, filled and open behind a HikariCP pool of default size: a copy of
 * its own for each run, so that no run sees what another one wrote.
 */
@State(Scope.Benchmark)
public class Database {

	/** System property: the folder with one filled database a peer. */
	static final String DATA = "heliosdb.benchmarks.data";

	/** Rows of a filled database. */
	static final int ROWS = 112_000;

	@Param
	Peer peer;

	/** Whether the table has {@link Item#INDEXES}. */
	@Param("false")
	volatile boolean indexed;

	/** Rows when the run began: their ids are 1 to this. */
	int rows;

	/** Where inserts take their ids from. */
	final AtomicLong lastId = new AtomicLong();

	JdbcTemplate template;

	private Path folder;

	private HikariDataSource pool;

	@Setup
	public void open() throws IOException, SQLException {
		open(this.peer, this.indexed, Path.of(System.getProperty(DATA)));
	}

	void open(Peer peer, boolean indexed, Path data) throws IOException, SQLException {
		this.peer = peer;
		this.indexed = indexed;
		this.folder = Files.createTempDirectory(data, "run-");
		copy(data.resolve(peer.name()), this.folder);
		this.pool = peer.pool(this.folder);
		this.template = new JdbcTemplate(this.pool);
		if (indexed) {
			Item.INDEXES.forEach(this.template::execute);
		}
		this.rows = this.template.queryForObject("SELECT count(*) FROM item", Integer.class);
		this.lastId.set(this.rows);
	}

	@TearDown
	public void close() throws IOException {
		this.pool.close();
		delete(this.folder);
	}

	/** A connection that bypasses the pool. */
	Connection connect() throws SQLException {
		return this.peer.connect(this.folder);
	}

	HikariDataSource pool() {
		return this.pool;
	}

	String url() {
		return this.peer.url(this.folder);
	}

	/** Creates a database of so many rows in a folder named after the peer. */
	static void fill(Peer peer, Path data, int rows) throws IOException, SQLException {
		Path folder = Files.createDirectories(data.resolve(peer.name()));
		try (Connection connection = peer.connect(folder)) {
			Item.createTable(connection, rows, List.of());
		}
	}

	static void copy(Path from, Path to) throws IOException {
		try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
			for (Path file : files) {
				Files.copy(file, to.resolve(file.getFileName()));
			}
		}
	}

	static void delete(Path folder) throws IOException {
		try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
			for (Path file : files) {
				if (Files.isDirectory(file)) {
					delete(file);
				}
				else {
					Files.delete(file);
				}
			}
		}
		Files.delete(folder);
	}

}
