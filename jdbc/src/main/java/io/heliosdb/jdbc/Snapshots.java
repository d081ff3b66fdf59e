package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

import io.heliosdb.engine.NativeConnection;
import io.heliosdb.engine.NativeException;

/**
 * The points of the past that a connection has open, each attached as a schema of its
 * own. They are kept for their next use, with their page cache; the least recently used
 * go first. The connection's lock guards it.
 * <p>
 * SQLite looks for a table that is named without a schema in all that is attached, so
 * they go before a statement could find them there by mistake, see {@link Past}.
 */
final class Snapshots {

	/** How many are kept, and how many are left when there are more. */
	private static final int KEPT = 8;

	private static final int LEFT = 4;

	private static final String SCHEMA_PREFIX = "heliosdb_scn_";

	private final NativeConnection connection;

	private final ConnectionSettings settings;

	private final StatementCache cache;

	/** SCNs, the most recently used last; each has itself as value. */
	private final Map<Long, Long> attached = new LinkedHashMap<>(16, 0.75f, true);

	Snapshots(NativeConnection connection, ConnectionSettings settings, StatementCache cache) {
		this.connection = connection;
		this.settings = settings;
		this.cache = cache;
	}

	/** The name of a point's schema. */
	static String schema(long scn) {
		return SCHEMA_PREFIX + scn;
	}

	/** Whether a schema's name is that of a point. */
	static boolean isSchema(String name) {
		return name.startsWith(SCHEMA_PREFIX);
	}

	boolean isEmpty() {
		return this.attached.isEmpty();
	}

	/**
	 * Opens what is not open yet.
	 * @param scns the points that a statement needs
	 * @throws NativeException if one cannot be opened: SQLITE_CANTOPEN if it does not
	 * exist any more
	 */
	void attach(long[] scns) throws NativeException {
		for (long scn : scns) {
			if (this.attached.get(scn) == null) {
				if (this.attached.size() >= KEPT) {
					detach(LEFT, scns);
				}
				attach(scn);
			}
		}
	}

	private void attach(long scn) throws NativeException {
		NativeSql.rows(this.connection, "ATTACH ? AS ?", this.settings.uri("heliosdb_as_of=" + scn), schema(scn));
		this.attached.put(scn, scn);
		NativeSql.rows(this.connection,
				"PRAGMA " + schema(scn) + ".cache_size=-" + Math.max(1, this.settings.cacheBytes() / 1024));
	}

	/** Closes all that nothing uses. */
	void detachIdle() {
		if (!this.attached.isEmpty()) {
			detach(0, new long[0]);
		}
	}

	private void detach(int left, long[] needed) {
		Iterator<Long> eldestFirst = this.attached.keySet().iterator();
		while (this.attached.size() > left && eldestFirst.hasNext()) {
			long scn = eldestFirst.next();
			if (Arrays.stream(needed).noneMatch((other) -> other == scn) && detach(scn)) {
				eldestFirst.remove();
			}
		}
	}

	/**
	 * SQLite refuses to let go of what an open result, or the transaction under way, has
	 * read from: then it stays for now.
	 */
	private boolean detach(long scn) {
		try {
			NativeSql.rows(this.connection, "DETACH ?", schema(scn));
		}
		catch (NativeException ex) {
			return false;
		}
		this.cache.removeIf((statement) -> statement.past().reads(scn));
		return true;
	}

}
