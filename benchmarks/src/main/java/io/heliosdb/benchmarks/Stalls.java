package io.heliosdb.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * When the machine itself stood still: a virtual one does while its host runs others. A
 * thread for each processor only sleeps a millisecond at a time; what it sleeps too long
 * by more than the scheduler of a busy machine would let it wait, nobody's work explains.
 */
final class Stalls implements AutoCloseable {

	private static final Duration NAP = Duration.ofMillis(1);

	/** What is shorter may be other threads' turn. */
	private static final Duration SHORTEST = Duration.ofMillis(20);

	private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();

	private final List<Thread> sleepers = new ArrayList<>();

	/**
	 * From one {@link System#nanoTime()} to another.
	 *
	 * @param start when it began
	 * @param end when it ended
	 */
	record Span(long start, long end) {

		long nanos() {
			return this.end - this.start;
		}

	}

	Stalls() {
		for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
			Thread sleeper = new Thread(this::sleep, "sleeper " + i);
			sleeper.setDaemon(true);
			sleeper.start();
			this.sleepers.add(sleeper);
		}
	}

	private void sleep() {
		try {
			while (true) {
				long due = System.nanoTime() + NAP.toNanos();
				Thread.sleep(NAP.toMillis());
				long now = System.nanoTime();
				if (now - due > SHORTEST.toNanos()) {
					this.spans.add(new Span(due, now));
				}
			}
		}
		catch (InterruptedException ex) {
			// That is how it ends.
		}
	}

	/** How long the longest was, in nanoseconds; 0 if there was none. */
	long longest() {
		return this.spans.stream().mapToLong(Span::nanos).max().orElse(0);
	}

	/**
	 * What a span of time had of them, each moment counted once.
	 * @param whole the span
	 * @return nanoseconds
	 */
	long within(Span whole) {
		long stalled = 0;
		long counted = whole.start();
		for (Span span : this.spans.stream().sorted(Comparator.comparingLong(Span::start)).toList()) {
			long start = Math.max(counted, span.start());
			long end = Math.min(whole.end(), span.end());
			if (end > start) {
				stalled += end - start;
				counted = end;
			}
		}
		return stalled;
	}

	@Override
	public void close() {
		this.sleepers.forEach(Thread::interrupt);
	}

}
