package io.heliosdb.jdbc;

import java.util.Arrays;
import java.util.List;

/**
 * What a statement needs to be there so that it can look at the past.
 *
 * @param points all points that it names, in the order of its text
 * @param scns those of them that it reads tables at
 * @param tables the tables of row history that it reads, see {@link HistoryTables}
 */
record PastUse(long[] points, long[] scns, List<HistoryTables.Table> tables) {

	/** Of a statement that only reads and writes the present. */
	static final PastUse NONE = new PastUse(new long[0], new long[0], List.of());

	/**
	 * Whether another execution at these points needs the same. A table of row history
	 * has to be looked at anew: it may have other columns by now.
	 */
	boolean isOf(long[] otherPoints) {
		return this.tables.isEmpty() && Arrays.equals(this.points, otherPoints);
	}

	boolean reads(long scn) {
		return Arrays.stream(this.scns).anyMatch((other) -> other == scn);
	}

}
