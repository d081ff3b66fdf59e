package io.heliosdb.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

import javax.sql.DataSource;

/**
 * Connections to the past of one database. A few wait to be used again, for a few points:
 * opening one costs about a millisecond, many times what a query does; keeping one costs
 * the memory of its page cache. Safe for use by many threads.
 * <p>
 * One more is kept to find points and to open the others by, so that a pool is asked once
 * and not for each of them: a caller may hold a connection of the pool already, and with
 * enough such callers they would wait for each other.
 */
final class AsOfConnections {

	/** Enough for a handful of threads on one point, or a handful of points. */
	private static final int MAX_IDLE = 8;

	private final DataSource dataSource;

	/** The longest idle first. */
	private final Deque<Idle> idle = new ArrayDeque<>();

	private JdbcConnection opener;

	/** Connections lent before the last eviction are not kept when they come back. */
	private int evictions;

	private boolean closed;

	AsOfConnections(DataSource dataSource) {
		this.dataSource = dataSource;
	}

	/** A connection that nobody uses. */
	private record Idle(long scn, HeliosConnection connection) {
	}

	/**
	 * Finds a point.
	 * @param point the point
	 * @return its SCN
	 */
	long find(PointInTime point) throws SQLException {
		return opener().session().find(point.point());
	}

	/**
	 * A connection to a point. It comes back here when it is closed.
	 * @param scn the point
	 * @return the connection
	 */
	Connection connect(long scn) throws SQLException {
		int now;
		synchronized (this.idle) {
			now = this.evictions;
			for (Iterator<Idle> newestFirst = this.idle.descendingIterator(); newestFirst.hasNext();) {
				Idle candidate = newestFirst.next();
				if (candidate.scn() == scn) {
					newestFirst.remove();
					return lend(scn, candidate.connection(), now);
				}
			}
		}
		return lend(scn, opener().openAsOf(scn), now);
	}

	private synchronized JdbcConnection opener() throws SQLException {
		if (this.closed) {
			throw SqlState.INVALID_CALL.exception("This TimeTravel is closed");
		}
		if (this.opener == null) {
			try (Connection present = this.dataSource.getConnection()) {
				JdbcConnection connection = present.unwrap(JdbcConnection.class);
				long newest = connection.session().find(PointInTime.now().point());
				this.opener = connection.openAsOf(newest).unwrap(JdbcConnection.class);
			}
		}
		return this.opener;
	}

	/** Closes those that nobody uses, and the others when they come back. */
	void evict() throws SQLException {
		synchronized (this.idle) {
			this.evictions++;
		}
		closeAll(takeSurplus(0));
	}

	/** Evicts, and lets go of the database until the next call. */
	void release() throws SQLException {
		try {
			evict();
		}
		finally {
			closeOpener();
		}
	}

	/** Releases for good. */
	void close() throws SQLException {
		synchronized (this) {
			this.closed = true;
		}
		release();
	}

	private synchronized void closeOpener() throws SQLException {
		if (this.opener != null) {
			this.opener.close();
			this.opener = null;
		}
	}

	private void giveBack(long scn, HeliosConnection connection, int lentAfter) throws SQLException {
		try {
			// Ends a transaction whichever way it began.
			connection.setAutoCommit(false);
			connection.rollback();
			connection.setAutoCommit(true);
		}
		catch (SQLException ex) {
			connection.close();
			throw ex;
		}
		boolean kept;
		synchronized (this.idle) {
			kept = lentAfter == this.evictions;
			if (kept) {
				this.idle.add(new Idle(scn, connection));
			}
		}
		if (!kept) {
			connection.close();
		}
		closeAll(takeSurplus(MAX_IDLE));
	}

	private List<Idle> takeSurplus(int limit) {
		List<Idle> surplus = new ArrayList<>();
		synchronized (this.idle) {
			while (this.idle.size() > limit) {
				surplus.add(this.idle.remove());
			}
		}
		return surplus;
	}

	private static void closeAll(List<Idle> connections) throws SQLException {
		SQLException failure = null;
		for (Idle idle : connections) {
			try {
				idle.connection().close();
			}
			catch (SQLException ex) {
				if (failure == null) {
					failure = ex;
				}
				else {
					failure.addSuppressed(ex);
				}
			}
		}
		if (failure != null) {
			throw failure;
		}
	}

	private Connection lend(long scn, HeliosConnection connection, int evictions) {
		return (Connection) Proxy.newProxyInstance(AsOfConnections.class.getClassLoader(),
				new Class<?>[] { HeliosConnection.class }, new Lent(scn, connection, evictions));
	}

	/** A connection in use: closing it gives it back. */
	private final class Lent implements InvocationHandler {

		private final long scn;

		private final HeliosConnection connection;

		/** Number of evictions before it was lent. */
		private final int lentAfter;

		private volatile boolean returned;

		Lent(long scn, HeliosConnection connection, int lentAfter) {
			this.scn = scn;
			this.connection = connection;
			this.lentAfter = lentAfter;
		}

		@Override
		public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
			switch (method.getName()) {
				case "close":
					giveBackOnce();
					return null;
				case "isClosed":
					return this.returned || this.connection.isClosed();
				case "equals":
					return proxy == arguments[0];
				case "hashCode":
					return System.identityHashCode(proxy);
				case "toString":
					return this.connection + " at SCN " + this.scn;
				default:
			}
			if (this.returned) {
				throw SqlState.CONNECTION_CLOSED.exception("The connection is closed");
			}
			try {
				return method.invoke(this.connection, arguments);
			}
			catch (InvocationTargetException ex) {
				throw ex.getCause();
			}
		}

		private void giveBackOnce() throws SQLException {
			synchronized (this) {
				if (this.returned) {
					return;
				}
				this.returned = true;
			}
			if (!this.connection.isClosed()) {
				giveBack(this.scn, this.connection, this.lentAfter);
			}
		}

	}

}
