package io.heliosdb.benchmarks;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long something took, counted in classes that are at most an eighth wide. Safe for
 * use by many threads.
 */
final class Waits {

	private static final int CLASS_BITS = 3;

	private static final int CLASSES_A_POWER = 1 << CLASS_BITS;

	private final AtomicLongArray counts = new AtomicLongArray(Long.SIZE * CLASSES_A_POWER);

	void add(long nanos) {
		this.counts.incrementAndGet(classOf(Math.max(nanos, CLASSES_A_POWER)));
	}

	/** By the highest bit and the three behind it. */
	private static int classOf(long nanos) {
		int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
		return power * CLASSES_A_POWER + (int) (nanos >> (power - CLASS_BITS) & (CLASSES_A_POWER - 1));
	}

	long count() {
		return countFrom(0);
	}

	/** How many took at least so long, but for those of the same class. */
	long countAbove(long nanos) {
		return countFrom(classOf(nanos) + 1);
	}

	private long countFrom(int first) {
		long count = 0;
		for (int i = first; i < this.counts.length(); i++) {
			count += this.counts.get(i);
		}
		return count;
	}

	/**
	 * The time that a share of all did not exceed.
	 * @param share from 0 to 1
	 * @return upper end of the class in nanoseconds, 0 if there are none
	 */
	long quantile(double share) {
		long left = (long) Math.ceil(count() * share);
		for (int i = 0; i < this.counts.length(); i++) {
			left -= this.counts.get(i);
			if (left <= 0 && this.counts.get(i) > 0) {
				int power = i / CLASSES_A_POWER;
				return (CLASSES_A_POWER + i % CLASSES_A_POWER + 1L) << (power - CLASS_BITS);
			}
		}
		return 0;
	}

}
