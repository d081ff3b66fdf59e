package io.heliosdb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A database with a past: two indexes, and more than 100,000 commits of one updated row
 * each, which the history holds. Nobody writes to it any more, so all runs share it.
 */
@State(Scope.Benchmark)
public class PastDatabase {

	/** Commits behind the oldest point that is read. */
	static final int COMMITS = 100_000;

	/** Points before that one, so that points can differ from call to call. */
	static final int SPARE_POINTS = 1_000;

	/** How many commits ago the point is that is read; 0 reads the present. */
	@Param("0")
	int back;

	/** How it is read. */
	@Param("SQL")
	Way way;

	/** The point that is read. */
	long scn;

	int rows;

	private Path folder;

	private Connection keeper;

	/** How a past is read. */
	public enum Way {

		/** Each table reference has its point. */
		SQL,

		/** The whole connection looks at a point. */
		CONNECTION

	}

	@Setup
	public void open() throws SQLException {
		open(Path.of(System.getProperty(Database.DATA)), this.back, this.way);
	}

	void open(Path data, int back, Way way) throws SQLException {
		this.folder = folder(data);
		this.back = back;
		this.way = way;
		this.keeper = connect();
		this.scn = newestPoint(this.keeper) - back;
		try (Statement statement = this.keeper.createStatement();
				ResultSet count = statement.executeQuery("SELECT count(*) FROM item")) {
			count.next();
			this.rows = count.getInt(1);
		}
	}

	@TearDown
	public void close() throws SQLException {
		this.keeper.close();
	}

	/** A connection to the present. */
	Connection connect() throws SQLException {
		return DriverManager.getConnection(Peer.HELIOSDB.url(this.folder));
	}

	/** A connection to a point. */
	Connection connect(long scn) throws SQLException {
		return DriverManager.getConnection(Peer.HELIOSDB.url(this.folder) + "?as_of=scn:" + scn);
	}

	/** Creates it with so many rows, commits and points before. */
	static void fill(Path data, int rows, int commits, int sparePoints) throws IOException, SQLException {
		Path folder = Files.createDirectories(folder(data));
		SplittableRandom random = new SplittableRandom(1);
		try (Connection connection = DriverManager.getConnection(Peer.HELIOSDB.url(folder))) {
			Item.createTable(connection, rows, Item.INDEXES);
			try (PreparedStatement update = connection.prepareStatement(Item.UPDATE)) {
				for (int i = 0; i < sparePoints + commits; i++) {
					update.setDouble(1, random.nextInt(Item.AMOUNTS) * Item.AMOUNT_STEP);
					update.setLong(2, 1 + random.nextInt(rows));
					update.executeUpdate();
				}
			}
		}
	}

	/** The newest point of a connection's database. */
	static long newestPoint(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet point = statement.executeQuery("PRAGMA heliosdb_scn")) {
			point.next();
			return point.getLong(1);
		}
	}

	private static Path folder(Path data) {
		return data.resolve("past");
	}

}
