package io.heliosdb.boot.timetravel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.Restoration;
import io.heliosdb.jdbc.RowChange;
import io.heliosdb.jdbc.RowReader;
import io.heliosdb.jdbc.RowVersion;
import io.heliosdb.jdbc.TimeTravel;

import org.springframework.dao.DataAccessException;
import org.springframework.transaction.IllegalTransactionStateException;

/**
 * The history of a table, from {@link TimeTravelRepository#table(String, Class)}. The
 * values of a key are given in the order in which the primary key names its columns; a
 * table without a declared key has its rowid as its key.
 * <p>
 * Errors are {@link DataAccessException}s. Safe for use by many threads.
 *
 * @param <T> what a row is read as
 */
public final class TableHistory<T> {

	private final TimeTravelRepository repository;

	private final TimeTravel timeTravel;

	private final String table;

	private final Supplier<RowReader<T>> readers;

	TableHistory(TimeTravelRepository repository, TimeTravel timeTravel, String table, Supplier<RowReader<T>> readers) {
		this.repository = repository;
		this.timeTravel = timeTravel;
		this.table = table;
		this.readers = readers;
	}

	long resolve(PointInTime point) {
		return this.repository.resolve(point);
	}

	/**
	 * Finds a row as it was.
	 * @param point the point
	 * @param key the values of its key
	 * @return the row, empty if there was none
	 */
	public Optional<T> find(PointInTime point, Object... key) {
		return this.repository.translated("Find in " + this.table,
				() -> this.timeTravel.find(this.table, point, this.readers.get(), key));
	}

	/**
	 * All versions of a row that the history has.
	 * @param key the values of its key
	 * @return the versions, oldest first
	 */
	public List<RowVersion<T>> versions(Object... key) {
		return versionsBetween(PointInTime.oldest(), PointInTime.now(), key);
	}

	/**
	 * All versions of a row that existed between two points.
	 * @param from the earlier point
	 * @param to the later point
	 * @param key the values of its key
	 * @return the versions, oldest first
	 */
	public List<RowVersion<T>> versionsBetween(PointInTime from, PointInTime to, Object... key) {
		return this.repository.translated("Versions of " + this.table,
				() -> this.timeTravel.versions(this.table, from, to, this.readers.get(), key));
	}

	/**
	 * All versions of all rows that existed between two points, one by one.
	 * @param from the earlier point
	 * @param to the later point
	 * @param consumer is given each version, while a connection is open; those of one row
	 * are in their order
	 */
	public void forEachVersion(PointInTime from, PointInTime to, Consumer<? super RowVersion<T>> consumer) {
		this.repository.translated("Versions of " + this.table, () -> {
			this.timeTravel.versions(this.table, from, to, this.readers.get(), consumer);
			return null;
		});
	}

	/**
	 * The rows in which the table differs between two points.
	 * @param from the earlier point
	 * @param to the later point
	 * @return the rows
	 */
	public List<RowChange<T>> difference(PointInTime from, PointInTime to) {
		List<RowChange<T>> changes = new ArrayList<>();
		forEachChange(from, to, changes::add);
		return changes;
	}

	/**
	 * The rows in which the table differs between two points, one by one.
	 * @param from the earlier point
	 * @param to the later point
	 * @param consumer is given each row, while a connection is open
	 */
	public void forEachChange(PointInTime from, PointInTime to, Consumer<? super RowChange<T>> consumer) {
		this.repository.translated("Difference of " + this.table, () -> {
			this.timeTravel.difference(this.table, from, to, this.readers.get(), consumer);
			return null;
		});
	}

	/**
	 * Makes one row what it was, in a transaction of its own: puts it back, gives it its
	 * former values, or deletes it if it was not there.
	 * @param point the point
	 * @param key the values of its key
	 * @return what was done
	 * @throws IllegalTransactionStateException if a transaction is active
	 */
	public Restoration restoreRow(PointInTime point, Object... key) {
		return this.repository.restored(() -> this.timeTravel.restoreRow(this.table, point, key));
	}

	/**
	 * Makes some rows what they were, in a transaction of its own: those for which a
	 * condition holds now, and those for which it held then. A row that was not there is
	 * deleted.
	 * @param point the point
	 * @param condition what may follow {@code WHERE}, on the columns of the table
	 * @param parameters values of the condition's parameters
	 * @return what was done
	 * @throws IllegalTransactionStateException if a transaction is active
	 */
	public Restoration restoreRows(PointInTime point, String condition, Object... parameters) {
		return this.repository
			.restored(() -> this.timeTravel.restoreRows(this.table, point, condition, List.of(parameters)));
	}

	/**
	 * Makes the table what it was, in a transaction of its own; see
	 * {@link TimeTravel#restoreTables}.
	 * @param point the point
	 * @return what was done
	 * @throws IllegalTransactionStateException if a transaction is active
	 */
	public Restoration restore(PointInTime point) {
		return this.repository.restoreTables(point, this.table);
	}

}
