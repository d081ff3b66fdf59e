package io.heliosdb.boot.timetravel;

import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.heliosdb.boot.support.RowReaders;
import io.heliosdb.boot.support.SqlCalls;
import io.heliosdb.boot.support.SqlCalls.SqlCall;
import io.heliosdb.jdbc.Commit;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.Restoration;
import io.heliosdb.jdbc.RowReader;
import io.heliosdb.jdbc.Tag;
import io.heliosdb.jdbc.TimeTravel;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The history of a database: reads any point of it, tells what changed, and brings it
 * back.
 * <p>
 * Every method works on what is committed, through connections of its own: it sees
 * nothing of the transaction that the caller is in. A restore is a transaction of its
 * own, too; called within one it fails, as it would wait for the caller to give up the
 * turn to write. Errors are {@link DataAccessException}s; one for a point that the
 * history does not have names the oldest and the newest that it has.
 * <p>
 * Safe for use by many threads.
 */
public class TimeTravelRepository implements DisposableBean {

	private final TimeTravel timeTravel;

	private final SqlCalls calls;

	private final AsOfScope scope;

	/**
	 * Creates a repository.
	 * @param dataSource connections to the database, usually a pool
	 */
	public TimeTravelRepository(DataSource dataSource) {
		this(dataSource, () -> null, new SQLExceptionSubclassTranslator());
	}

	/**
	 * Creates a repository.
	 * @param dataSource connections to the database, usually a pool
	 * @param transactionManager gives what suspends the active transaction where a call
	 * runs on the past; {@code null} if there is none, such a call then fails within a
	 * transaction
	 * @param translator makes {@link DataAccessException}s
	 */
	public TimeTravelRepository(DataSource dataSource,
			Supplier<? extends @Nullable PlatformTransactionManager> transactionManager,
			SQLExceptionTranslator translator) {
		DataSource target = target(dataSource);
		this.timeTravel = new TimeTravel(target);
		this.calls = new SqlCalls(translator);
		this.scope = new AsOfScope(target, transactionManager);
	}

	/** Spring binds connections to the data source behind this proxy. */
	private static DataSource target(DataSource dataSource) {
		if (dataSource instanceof TransactionAwareDataSourceProxy proxy && proxy.getTargetDataSource() != null) {
			return proxy.getTargetDataSource();
		}
		return dataSource;
	}

	/* Points */

	/**
	 * The newest commit's number.
	 * @return the system change number (SCN)
	 */
	public long currentScn() {
		return translated("Current SCN", this.timeTravel::currentScn);
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return the system change number (SCN) of its commit
	 */
	public long resolve(PointInTime point) {
		return translated("Point " + point, () -> this.timeTravel.resolve(point));
	}

	/**
	 * When the commit of a point was made.
	 * @param point the point
	 * @return the time, to the microsecond
	 */
	public Instant timeOf(PointInTime point) {
		return translated("Time of " + point, () -> this.timeTravel.timeOf(point));
	}

	/**
	 * The newest commits.
	 * @param limit how many at most
	 * @return the commits, newest first
	 */
	public List<Commit> lastCommits(int limit) {
		return translated("Commits", () -> this.timeTravel.lastCommits(limit));
	}

	/**
	 * The commits between two points, both of them included.
	 * @param from the earlier point
	 * @param to the later point
	 * @return the commits, oldest first
	 */
	public List<Commit> commits(PointInTime from, PointInTime to) {
		List<Commit> commits = new ArrayList<>();
		commits(from, to, commits::add);
		return commits;
	}

	/**
	 * The commits between two points, both of them included, one by one.
	 * @param from the earlier point
	 * @param to the later point
	 * @param consumer is given each commit, oldest first, while a connection is open
	 */
	public void commits(PointInTime from, PointInTime to, Consumer<? super Commit> consumer) {
		translated("Commits", () -> {
			this.timeTravel.commits(from, to, consumer);
			return null;
		});
	}

	/**
	 * Names the newest commit. Retention keeps it from then on.
	 * @param name the tag's name
	 * @return the system change number (SCN) of the commit
	 */
	public long tag(String name) {
		return translated("Tag " + name, () -> this.timeTravel.tag(name));
	}

	/**
	 * Takes a name away.
	 * @param name the tag's name
	 * @return whether there was a tag of that name
	 */
	public boolean untag(String name) {
		return translated("Untag " + name, () -> this.timeTravel.untag(name));
	}

	/**
	 * All tags.
	 * @return the tags by their commits, oldest first
	 */
	public List<Tag> tags() {
		return translated("Tags", this.timeTravel::tags);
	}

	/* Reading the past */

	/**
	 * A client that runs every query on the past. The point is found once, now.
	 * @param point the point
	 * @return the client, which may be kept and shared between threads
	 */
	public JdbcClient asOf(PointInTime point) {
		return JdbcClient.create(dataSource(point));
	}

	/**
	 * A data source whose connections read the past, for what is not made by a
	 * {@link JdbcClient}. The point is found once, now.
	 * @param point the point
	 * @return the data source
	 */
	public DataSource dataSource(PointInTime point) {
		return translated("Point " + point, () -> this.timeTravel.dataSource(point));
	}

	/**
	 * Makes a call on the past, as a method with {@link AsOf} is called.
	 * @param <T> what it returns
	 * @param <E> what it throws
	 * @param point the point
	 * @param call the call
	 * @return what the call returned
	 * @throws E what the call threw
	 */
	public <T extends @Nullable Object, E extends Throwable> T callAsOf(PointInTime point, AsOfCall<T, E> call)
			throws E {
		Connection connection = translated("Point " + point, () -> this.timeTravel.connect(point));
		try {
			return this.scope.call(connection, call);
		}
		finally {
			translated("Closing " + point, () -> {
				connection.close();
				return null;
			});
		}
	}

	/**
	 * Runs something on the past, as a method with {@link AsOf} is run.
	 * @param point the point
	 * @param action the action
	 */
	public void runAsOf(PointInTime point, Runnable action) {
		callAsOf(point, () -> {
			action.run();
			return null;
		});
	}

	/* What happened to a table */

	/**
	 * A table whose rows are read as maps.
	 * @param name the table's plain name, without quotes
	 * @return its history
	 */
	public TableHistory<Map<String, Object>> table(String name) {
		return new TableHistory<>(this, this.timeTravel, name, RowReader::toMap);
	}

	/**
	 * A table whose rows are read as {@code JdbcClient} reads them for a class: a record
	 * or a bean by the names of columns, or a simple type for a table of one column.
	 * @param <T> the class
	 * @param name the table's plain name, without quotes
	 * @param type the class
	 * @return its history
	 */
	public <T> TableHistory<T> table(String name, Class<T> type) {
		return new TableHistory<>(this, this.timeTravel, name, RowReaders.of(type));
	}

	/**
	 * A table whose rows a mapper reads.
	 * @param <T> what they are read as
	 * @param name the table's plain name, without quotes
	 * @param mapper reads a row; it must not return {@code null}
	 * @return its history
	 */
	public <T> TableHistory<T> table(String name, RowMapper<T> mapper) {
		return new TableHistory<>(this, this.timeTravel, name, RowReaders.of(mapper));
	}

	/* Bringing it back */

	/**
	 * Makes tables what they were, in one transaction of its own; see
	 * {@link TimeTravel#restoreTables}. A table that was dropped is made again. Tables
	 * that refer to each other are best restored together.
	 * @param point the point
	 * @param tables the tables
	 * @return what was done; restoring to {@code PointInTime.scn(previousScn())} undoes
	 * it
	 * @throws IllegalTransactionStateException if a transaction is active
	 */
	public Restoration restoreTables(PointInTime point, String... tables) {
		return restored(() -> this.timeTravel.restoreTables(point, tables));
	}

	/**
	 * Makes the whole database what it was, in one transaction of its own: all tables,
	 * indexes, views and triggers.
	 * @param point the point
	 * @return what was done; restoring to {@code PointInTime.scn(previousScn())} undoes
	 * it
	 * @throws IllegalTransactionStateException if a transaction is active
	 */
	public Restoration restoreDatabase(PointInTime point) {
		return restored(() -> this.timeTravel.restoreDatabase(point));
	}

	Restoration restored(SqlCall<Restoration> call) {
		if (TransactionSynchronizationManager.isActualTransactionActive()) {
			throw new IllegalTransactionStateException(
					"A restore needs a transaction of its own: call it where no " + "transaction is active");
		}
		return translated("Restore", call);
	}

	/* Forgetting */

	/**
	 * Forgets all points before one, tagged ones too, so that no file of the history
	 * holds anything of them any more; see {@link TimeTravel#eraseBefore}.
	 * @param point the oldest point that stays
	 */
	public void eraseBefore(PointInTime point) {
		translated("Erase", () -> {
			this.timeTravel.eraseBefore(point);
			return null;
		});
	}

	/**
	 * Forgets all points but the present, as {@link #eraseBefore} does.
	 */
	public void eraseAll() {
		translated("Erase", () -> {
			this.timeTravel.eraseAll();
			return null;
		});
	}

	/* Around it */

	/**
	 * Closes the connections that are kept, and with them the database if nothing else
	 * has it open; the next call opens new ones.
	 */
	public void releaseConnections() {
		translated("Closing", () -> {
			this.timeTravel.releaseConnections();
			return null;
		});
	}

	@Override
	public void destroy() {
		translated("Closing", () -> {
			this.timeTravel.close();
			return null;
		});
	}

	<T extends @Nullable Object> T translated(String task, SqlCall<T> call) {
		return this.calls.translated(task, call);
	}

}
