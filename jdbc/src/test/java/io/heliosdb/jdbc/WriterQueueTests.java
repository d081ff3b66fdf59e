package io.heliosdb.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.heliosdb.jdbc.WriterQueue.Outcome;
import io.heliosdb.jdbc.WriterQueue.Waiter;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link WriterQueue}. */
class WriterQueueTests {

	private static final long LONG = TimeUnit.MINUTES.toNanos(5);

	private final WriterQueue queue = new WriterQueue();

	private Background<Outcome> waiting() {
		return Background.start(() -> this.queue.acquire(new Waiter(), LONG)).awaitWaitingForWriter();
	}

	@Test
	void oneAtATime() {
		assertThat(this.queue.tryAcquire()).isTrue();
		assertThat(this.queue.tryAcquire()).isFalse();
		this.queue.release();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void freeTurnIsHadAtOnce() {
		assertThat(this.queue.acquire(new Waiter(), 0)).isEqualTo(Outcome.GRANTED);
		assertThat(this.queue.tryAcquire()).isFalse();
	}

	@Test
	void waitEndsWithItsTime() {
		this.queue.tryAcquire();
		assertThat(this.queue.acquire(new Waiter(), 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
		this.queue.release();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void releaseWakesOneThatWaits() throws Exception {
		this.queue.tryAcquire();
		Background<Outcome> waiting = waiting();
		this.queue.release();
		assertThat(waiting.result()).isEqualTo(Outcome.GRANTED);
		assertThat(this.queue.tryAcquire()).isFalse();
	}

	@Test
	void cancelledWaiterDoesNotGetTheTurn() throws Exception {
		this.queue.tryAcquire();
		Waiter[] waiter = new Waiter[1];
		Background<Outcome> waiting = Background.start(() -> {
			waiter[0] = new Waiter();
			return this.queue.acquire(waiter[0], LONG);
		}).awaitWaitingForWriter();
		waiter[0].cancel();
		assertThat(waiting.result()).isEqualTo(Outcome.CANCELLED);
		this.queue.release();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void interruptedWaiterDoesNotGetTheTurn() throws Exception {
		this.queue.tryAcquire();
		Background<Outcome> waiting = waiting();
		waiting.interrupt();
		assertThat(waiting.result()).isEqualTo(Outcome.INTERRUPTED);
		this.queue.release();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void whoeverIsBehindOneThatGaveUpIsServed() throws Exception {
		this.queue.tryAcquire();
		Background<Outcome> first = waiting();
		Background<Outcome> second = waiting();
		first.interrupt();
		assertThat(first.result()).isEqualTo(Outcome.INTERRUPTED);
		this.queue.release();
		assertThat(second.result()).isEqualTo(Outcome.GRANTED);
	}

	@Test
	void allThatWaitAreServedInTheEnd() throws Exception {
		this.queue.tryAcquire();
		List<Background<Outcome>> waiting = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			waiting.add(waiting());
		}
		for (int i = 0; i < 20; i++) {
			this.queue.release();
			Background.await(() -> waiting.stream().anyMatch(Background::isDone));
			waiting.removeIf(Background::isDone);
		}
		assertThat(waiting).isEmpty();
	}

	@Test
	void whatCannotBePutOffGoesFirst() throws Exception {
		this.queue.tryAcquire();
		Background<Outcome> waiting = waiting().awaitParked();
		Background<Outcome> urgent = Background.start(() -> this.queue.acquireFirst(new Waiter(), LONG)).awaitParked();
		this.queue.release();
		assertThat(urgent.result()).isEqualTo(Outcome.GRANTED);
		assertThat(waiting.isDone()).isFalse();
		this.queue.release();
		assertThat(waiting.result()).isEqualTo(Outcome.GRANTED);
	}

	@Test
	void whatCannotBePutOffIsHandedTheTurn() throws Exception {
		this.queue.tryAcquire();
		Background<Outcome> urgent = Background.start(() -> this.queue.acquireFirst(new Waiter(), LONG)).awaitParked();
		this.queue.release();
		assertThat(this.queue.tryAcquire()).isFalse();
		assertThat(urgent.result()).isEqualTo(Outcome.GRANTED);
	}

	@Test
	void nobodyStarvesBesideOneThatNeverPauses() throws Exception {
		AtomicInteger served = new AtomicInteger();
		Background<Integer> greedy = Background.start(() -> {
			int turns = 0;
			while (served.get() < 200) {
				if (this.queue.tryAcquire() || this.queue.acquire(new Waiter(), LONG) == Outcome.GRANTED) {
					turns++;
					this.queue.release();
				}
			}
			return turns;
		});
		List<Background<Integer>> modest = new ArrayList<>();
		for (int t = 0; t < 4; t++) {
			modest.add(Background.start(() -> {
				for (int i = 0; i < 50; i++) {
					assertThat(this.queue.acquire(new Waiter(), LONG)).isEqualTo(Outcome.GRANTED);
					served.incrementAndGet();
					this.queue.release();
				}
				return 50;
			}));
		}
		for (Background<Integer> thread : modest) {
			assertThat(thread.result()).isEqualTo(50);
		}
		assertThat(greedy.result()).isPositive();
	}

	@Test
	void noTurnIsLostOrGivenTwiceUnderStress() throws Exception {
		int threads = 8;
		int rounds = 20_000;
		AtomicInteger inside = new AtomicInteger();
		long[] unguarded = new long[1];
		List<Background<Integer>> workers = new ArrayList<>();
		for (int t = 0; t < threads; t++) {
			int thread = t;
			workers.add(Background.start(() -> {
				int granted = 0;
				for (int i = 0; i < rounds; i++) {
					Waiter waiter = new Waiter();
					if ((i + thread) % 5 == 0) {
						waiter.cancel();
					}
					long timeout = ((i + thread) % 7 == 0) ? i : LONG;
					if (this.queue.acquire(waiter, timeout) == Outcome.GRANTED) {
						assertThat(inside.incrementAndGet()).isOne();
						unguarded[0]++;
						granted++;
						inside.decrementAndGet();
						this.queue.release();
					}
				}
				return granted;
			}));
		}
		long granted = 0;
		for (Background<Integer> worker : workers) {
			granted += worker.result();
		}
		assertThat(unguarded[0]).isEqualTo(granted).isGreaterThan(threads * rounds / 2);
		assertThat(this.queue.tryAcquire()).isTrue();
	}

	@Test
	void cancellingAtRandomMomentsLosesNoTurn() throws Exception {
		Waiter[] current = new Waiter[1];
		Background<Integer> worker = Background.start(() -> {
			int granted = 0;
			for (int i = 0; i < 20_000; i++) {
				Waiter waiter = new Waiter();
				synchronized (current) {
					current[0] = waiter;
				}
				if (this.queue.acquire(waiter, LONG) == Outcome.GRANTED) {
					granted++;
					this.queue.release();
				}
			}
			return granted;
		});
		Background.await(() -> {
			synchronized (current) {
				if (current[0] != null) {
					current[0].cancel();
				}
			}
			if (this.queue.tryAcquire()) {
				this.queue.release();
			}
			return worker.isDone();
		});
		assertThat(worker.result()).isNotNegative();
		assertThat(this.queue.tryAcquire()).isTrue();
	}

}
