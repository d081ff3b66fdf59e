package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import javax.sql.DataSource;

import io.heliosdb.jdbc.sql.StatementText;

/**
 * The history of a database: reads any point of it, tells what changed, and brings it
 * back. Works on any data source whose connections are, or unwrap to,
 * {@link HeliosConnection}; pools do.
 * <p>
 * Each method uses connections of its own, and so sees what is committed: nothing of a
 * transaction that the caller has open elsewhere. A data source that hands out the
 * connection of a running transaction must not be given to it. Methods that are given a
 * consumer call it while a connection is open, and end with the exception that it throws.
 * <p>
 * A point that the history does not have is an {@link SQLException} whose message names
 * the oldest and the newest that it has. Where a table is asked for, its plain name is
 * meant, without quotes. The values of a key are given in the order in which the primary
 * key names its columns; a table without a declared key has its rowid as its key.
 * <p>
 * Safe for use by many threads. It keeps a few connections to points, and with them the
 * database, open until it is closed.
 */
public final class TimeTravel implements AutoCloseable {

	/** Columns that tell of a version, behind those of the table. */
	private static final int VERSION_COLUMNS = 5;

	private final DataSource dataSource;

	private final AsOfConnections connections;

	/**
	 * Time travel in a database.
	 * @param dataSource connections to the present; it is not closed with this object
	 */
	public TimeTravel(DataSource dataSource) {
		this.dataSource = dataSource;
		this.connections = new AsOfConnections(dataSource);
	}

	/* Points */

	/**
	 * The newest commit's number.
	 * @return the system change number (SCN)
	 * @throws SQLException if the database keeps no history
	 */
	public long currentScn() throws SQLException {
		return resolve(PointInTime.now());
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return the system change number (SCN) of its commit
	 * @throws SQLException if the history does not have it
	 */
	public long resolve(PointInTime point) throws SQLException {
		return this.connections.find(point);
	}

	/**
	 * When the commit of a point was made.
	 * @param point the point
	 * @return the time, to the microsecond
	 * @throws SQLException if the history does not have the point
	 */
	public Instant timeOf(PointInTime point) throws SQLException {
		long scn = resolve(point);
		try (Connection connection = this.dataSource.getConnection()) {
			return Instant.EPOCH.plus(Queries.number(connection, "SELECT heliosdb_time_of(?)", scn), ChronoUnit.MICROS);
		}
	}

	/**
	 * The newest commits.
	 * @param limit how many at most
	 * @return the commits, newest first
	 * @throws SQLException if they cannot be read
	 */
	public List<Commit> lastCommits(int limit) throws SQLException {
		List<Commit> commits = new ArrayList<>();
		try (Connection connection = this.dataSource.getConnection()) {
			readCommits(connection, "ORDER BY scn DESC LIMIT ?", commits::add, limit);
		}
		return commits;
	}

	/**
	 * The commits between two points, both of them included.
	 * @param from the earlier point
	 * @param to the later point
	 * @param consumer is given each commit, oldest first
	 * @throws SQLException if the history does not have the points
	 */
	public void commits(PointInTime from, PointInTime to, Consumer<? super Commit> consumer) throws SQLException {
		long first = resolve(from);
		long last = resolve(to);
		try (Connection connection = this.dataSource.getConnection()) {
			readCommits(connection, "WHERE scn BETWEEN ? AND ? ORDER BY scn", consumer, first, last);
		}
	}

	private static void readCommits(Connection connection, String clauses, Consumer<? super Commit> consumer,
			Object... parameters) throws SQLException {
		Queries.forEach(connection, "SELECT scn, committed_at, changed_pages, tag FROM heliosdb_commits " + clauses,
				(row) -> consumer.accept(new Commit(row.getLong(1), instant(row, 2), row.getLong(3), row.getString(4))),
				parameters);
	}

	private static Instant instant(ResultSet row, int column) throws SQLException {
		String text = row.getString(column);
		return (text != null) ? Instant.parse(text) : null;
	}

	/* Tags */

	/**
	 * Names the newest commit. Retention keeps it from then on.
	 * @param name the tag's name
	 * @return the system change number (SCN) of the commit
	 * @throws SQLException if another commit has a tag of that name
	 */
	public long tag(String name) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return Queries.number(connection, "SELECT heliosdb_tag(?)", name);
		}
	}

	/**
	 * Takes a name away.
	 * @param name the tag's name
	 * @return whether there was a tag of that name
	 * @throws SQLException if the database keeps no history
	 */
	public boolean untag(String name) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return Queries.number(connection, "SELECT heliosdb_untag(?)", name) != 0;
		}
	}

	/**
	 * All tags.
	 * @return the tags by their commits, oldest first
	 * @throws SQLException if they cannot be read
	 */
	public List<Tag> tags() throws SQLException {
		List<Tag> tags = new ArrayList<>();
		try (Connection connection = this.dataSource.getConnection()) {
			Queries.forEach(connection, "SELECT name, scn, created_at FROM heliosdb_tags ORDER BY scn, name",
					(row) -> tags.add(new Tag(row.getString(1), row.getLong(2), instant(row, 3))));
		}
		return tags;
	}

	/* Reading the past */

	/**
	 * Opens a connection to a point: everything that reads through it reads the database
	 * as it was, everything that writes fails. Opening takes about a millisecond, or
	 * nothing if a connection to that point was closed lately.
	 * @param point the point
	 * @return the connection; the caller closes it
	 * @throws SQLException if the history does not have the point
	 */
	public Connection connect(PointInTime point) throws SQLException {
		return connect(resolve(point));
	}

	Connection connect(long scn) throws SQLException {
		return this.connections.connect(scn);
	}

	/**
	 * A data source whose connections are those of {@link #connect} for one point, which
	 * is found once, now: for libraries that want a data source.
	 * @param point the point
	 * @return the data source, usable until this object is closed; two for the same point
	 * are equal
	 * @throws SQLException if the history does not have the point
	 */
	public DataSource dataSource(PointInTime point) throws SQLException {
		return new AsOfDataSource(this, resolve(point));
	}

	/**
	 * Does work on a connection to a point.
	 * @param <T> what it returns
	 * @param point the point
	 * @param work the work
	 * @return what the work returned
	 * @throws SQLException if the history does not have the point, or the work fails
	 */
	public <T> T callAsOf(PointInTime point, ConnectionWork<T> work) throws SQLException {
		try (Connection past = connect(point)) {
			return work.run(past);
		}
	}

	/**
	 * Finds a row as it was.
	 * @param <T> what it is read as
	 * @param table the table
	 * @param point the point
	 * @param reader reads it
	 * @param key the values of its key
	 * @return the row, empty if there was none
	 * @throws SQLException if the history does not have the point, or the table did not
	 * exist then
	 */
	public <T> Optional<T> find(String table, PointInTime point, RowReader<T> reader, Object... key)
			throws SQLException {
		return callAsOf(point, (past) -> {
			TableShape shape = existing(past, table, point);
			String sql = "SELECT * FROM " + shape.quotedName() + " WHERE " + shape.keyCondition(key);
			List<T> rows = new ArrayList<>();
			Queries.forEach(past, sql, (row) -> rows.add(reader.read(row)), key);
			return rows.stream().findFirst();
		});
	}

	/**
	 * Finds a row as it was.
	 * @param table the table
	 * @param point the point
	 * @param key the values of its key
	 * @return its values by column, empty if there was none
	 * @throws SQLException if the history does not have the point, or the table did not
	 * exist then
	 */
	public Optional<Map<String, Object>> find(String table, PointInTime point, Object... key) throws SQLException {
		return find(table, point, RowReader.toMap(), key);
	}

	private static TableShape existing(Connection past, String table, PointInTime point) throws SQLException {
		TableShape shape = TableShape.read(past, table);
		if (shape == null) {
			throw noSuchTable(table, point);
		}
		return shape;
	}

	private static SQLException noSuchTable(String table, PointInTime point) {
		return SqlState.NO_SUCH_TABLE.exception("There was no table '" + table + "' at " + point);
	}

	/* What happened */

	/**
	 * All versions of one row that existed between two points. They have the columns that
	 * the table has now, or if it was dropped, those that it had at the later point.
	 * @param <T> what a row is read as
	 * @param table the table
	 * @param from the earlier point
	 * @param to the later point
	 * @param reader reads the rows
	 * @param key the values of its key
	 * @return the versions, oldest first
	 * @throws SQLException if the history does not have the points, or the table did not
	 * exist at the later one
	 */
	public <T> List<RowVersion<T>> versions(String table, PointInTime from, PointInTime to, RowReader<T> reader,
			Object... key) throws SQLException {
		List<RowVersion<T>> versions = new ArrayList<>();
		long first = resolve(from);
		long last = resolve(to);
		try (Connection present = this.dataSource.getConnection()) {
			TableShape shape = currentShape(present, table, last, to);
			readVersions(present, shape, first, last,
					"WHERE " + shape.keyCondition(key) + " ORDER BY versions_start_scn", reader, versions::add, key);
		}
		return versions;
	}

	/**
	 * All versions of all rows of a table that existed between two points. They have the
	 * columns that the table has now, or if it was dropped, those that it had at the
	 * later point.
	 * @param <T> what a row is read as
	 * @param table the table
	 * @param from the earlier point
	 * @param to the later point
	 * @param reader reads the rows
	 * @param consumer is given each version; those of one row are in their order
	 * @throws SQLException if the history does not have the points, or the table did not
	 * exist at the later one
	 */
	public <T> void versions(String table, PointInTime from, PointInTime to, RowReader<T> reader,
			Consumer<? super RowVersion<T>> consumer) throws SQLException {
		long first = resolve(from);
		long last = resolve(to);
		try (Connection present = this.dataSource.getConnection()) {
			TableShape shape = currentShape(present, table, last, to);
			String order = String.join(", ", shape.key());
			readVersions(present, shape, first, last, "ORDER BY " + order + ", versions_start_scn", reader, consumer);
		}
	}

	private static <T> void readVersions(Connection present, TableShape shape, long from, long to, String clauses,
			RowReader<T> reader, Consumer<? super RowVersion<T>> consumer, Object... parameters) throws SQLException {
		String sql = "SELECT * FROM " + shape.quotedName() + " VERSIONS BETWEEN SCN " + from + " AND SCN " + to + " "
				+ clauses;
		try (PreparedStatement statement = Queries.prepare(present, sql, parameters);
				ResultSet row = statement.executeQuery()) {
			List<String> labels = Queries.labels(row);
			int columns = labels.size() - VERSION_COLUMNS;
			ResultSet values = ColumnRange.of(row, 0, labels.subList(0, columns));
			while (row.next()) {
				consumer.accept(new RowVersion<>(reader.read(values), RowOperation.of(row.getString(columns + 5)),
						row.getObject(columns + 1, Long.class), instant(row, columns + 3),
						row.getObject(columns + 2, Long.class), instant(row, columns + 4)));
			}
		}
	}

	/** The shape of a table now or, if it is gone, at a point. */
	private TableShape currentShape(Connection present, String table, long scn, PointInTime point) throws SQLException {
		TableShape now = TableShape.read(present, table);
		return (now != null) ? now : shape(table, scn, point);
	}

	/** The shape of a table at a point, read there. */
	private TableShape shape(String table, long scn, PointInTime point) throws SQLException {
		try (Connection past = connect(scn)) {
			return existing(past, table, point);
		}
	}

	/**
	 * The rows in which a table differs between two points.
	 * @param <T> what a row is read as
	 * @param table the table
	 * @param from the earlier point
	 * @param to the later point, whose columns the table has in the result
	 * @param reader reads the rows
	 * @param consumer is given each row that differs
	 * @throws SQLException if the history does not have the points, or the table did not
	 * exist at the later one
	 */
	public <T> void difference(String table, PointInTime from, PointInTime to, RowReader<T> reader,
			Consumer<? super RowChange<T>> consumer) throws SQLException {
		long first = resolve(from);
		long last = resolve(to);
		TableShape shape = shape(table, last, to);
		try (Connection present = this.dataSource.getConnection()) {
			int columns = shape.columns().size();
			String changes = present.unwrap(JdbcConnection.class).session().changesTable(shape.name(), last);
			try (PreparedStatement statement = Queries.prepare(present, "SELECT * FROM " + changes + "(?, ?)", first,
					last); ResultSet row = statement.executeQuery()) {
				ResultSet before = ColumnRange.of(row, 1, shape.columnNames());
				ResultSet after = ColumnRange.of(row, 1 + columns, shape.columnNames());
				while (row.next()) {
					RowOperation operation = RowOperation.of(row.getString(1));
					consumer.accept(
							new RowChange<>(operation, (operation != RowOperation.INSERT) ? reader.read(before) : null,
									(operation != RowOperation.DELETE) ? reader.read(after) : null));
				}
			}
		}
	}

	/* Bringing it back */

	/**
	 * Makes one row what it was: puts it back, gives it its former values, or deletes it
	 * if it was not there. See {@link #restoreTables} for what holds for every restore.
	 * @param table the table
	 * @param point the point
	 * @param key the values of its key
	 * @return what was done
	 * @throws SQLException if the history does not have the point, or the row cannot be
	 * what it was; nothing has changed then
	 */
	public Restoration restoreRow(String table, PointInTime point, Object... key) throws SQLException {
		return restore(point, (restore) -> restore.rows(table, key));
	}

	/**
	 * Makes some rows what they were: those for which a condition holds now, and those
	 * for which it held then. A row that was not there is deleted. See
	 * {@link #restoreTables} for what holds for every restore.
	 * @param table the table
	 * @param point the point
	 * @param condition what may follow {@code WHERE}, on the columns of the table
	 * @param parameters values of the condition's parameters
	 * @return what was done
	 * @throws SQLException if the history does not have the point, or the rows cannot be
	 * what they were; nothing has changed then
	 */
	public Restoration restoreRows(String table, PointInTime point, String condition, List<?> parameters)
			throws SQLException {
		return restore(point, (restore) -> restore.rowsWhere(table, condition, parameters.toArray()));
	}

	/**
	 * Makes tables what they were. A table that was dropped is made again, with its
	 * indexes and triggers.
	 * <p>
	 * A restore is one transaction, which waits for its turn to write as any other does.
	 * It touches only rows that differ: it deletes them and inserts them as they were,
	 * and triggers run for that. Foreign keys are checked at its end, so that tables that
	 * refer to each other can be restored together, and nothing is deleted by
	 * {@code ON DELETE CASCADE}. A table that the triggers of another one write to comes
	 * after that one, so that it is what it was in the end. Generated columns are
	 * computed anew, and the next number of an {@code AUTOINCREMENT} key stays what it
	 * is.
	 * @param point the point
	 * @param tables the tables, restored in this order
	 * @return what was done
	 * @throws SQLException if the history does not have the point, a table has other
	 * columns now, or a row would be left without the row that it refers to; nothing has
	 * changed then
	 */
	public Restoration restoreTables(PointInTime point, String... tables) throws SQLException {
		return restore(point, (restore) -> {
			for (String table : tables) {
				restore.table(table);
			}
		});
	}

	private Restoration restore(PointInTime point, Restore.Work work) throws SQLException {
		long scn = resolve(point);
		try (Connection past = connect(scn)) {
			return inAutoCommit((present) -> new Restore(present, past, scn).run(work));
		}
	}

	/**
	 * Makes the whole database what it was: all tables, indexes, views and triggers. One
	 * transaction, which waits for its turn to write as any other does.
	 * @param point the point
	 * @return what was done
	 * @throws SQLException if the history does not have the point; nothing has changed
	 * then
	 */
	public Restoration restoreDatabase(PointInTime point) throws SQLException {
		long target = resolve(point);
		long scn = inAutoCommit((present) -> Queries.number(present, "SELECT heliosdb_restore(?)", target));
		return new Restoration(scn - 1, scn, -1);
	}

	/** Does work on a connection to the present that is in auto-commit mode meanwhile. */
	private <T> T inAutoCommit(ConnectionWork<T> work) throws SQLException {
		try (Connection present = this.dataSource.getConnection()) {
			if (present.getAutoCommit()) {
				return work.run(present);
			}
			present.setAutoCommit(true);
			try {
				return work.run(present);
			}
			finally {
				present.setAutoCommit(false);
			}
		}
	}

	/* Forgetting */

	/**
	 * Forgets all points before one, tagged ones too, so that no file of the history
	 * holds anything of them any more. What is deleted in the present is another matter:
	 * free pages of the database file may hold it until {@code VACUUM}.
	 * @param point the oldest point that stays
	 * @throws SQLException if the history does not have the point
	 */
	public void eraseBefore(PointInTime point) throws SQLException {
		erase(resolve(point));
	}

	/**
	 * Forgets all points but the present, as {@link #eraseBefore} does.
	 * @throws SQLException if the database keeps no history
	 */
	public void eraseAll() throws SQLException {
		erase(null);
	}

	private void erase(Long scn) throws SQLException {
		this.connections.evict();
		inAutoCommit((present) -> Queries.run(present, "SELECT heliosdb_erase(?)", scn));
	}

	/**
	 * Closes the connections that are kept, and with them the database if nothing else
	 * has it open. Those in use close when they are given back; the next call opens new
	 * ones.
	 * @throws SQLException if one cannot be closed; the others are
	 */
	public void releaseConnections() throws SQLException {
		this.connections.release();
	}

	/**
	 * Closes the connections that are kept, and those in use when they are given back.
	 */
	@Override
	public void close() throws SQLException {
		this.connections.close();
	}

}
