package io.heliosdb.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmarks measure the same work: each peer gives the same rows and totals.
 */
class BenchmarksTests {

	private static final int ROWS = 1_120;

	@TempDir
	Path data;

	@Test
	void everyPeerDoesTheSameWork() throws Exception {
		List<Object> expected = work(Peer.H2);
		assertThat(expected).contains(Item.of(1)).doesNotContainNull();
		for (Peer peer : EnumSet.complementOf(EnumSet.of(Peer.H2))) {
			assertThat(work(peer)).as(peer.title()).isEqualTo(expected);
		}
	}

	@Test
	void theListenerDoesNotChangeTheRow() throws Exception {
		Database.fill(Peer.HELIOSDB, this.data, ROWS);
		Database database = new Database();
		database.open(Peer.HELIOSDB, this.data);
		ListenerBenchmark benchmark = new ListenerBenchmark();
		ListenerBenchmark.Unobserved unobserved = new ListenerBenchmark.Unobserved();
		ListenerBenchmark.Observed observed = new ListenerBenchmark.Observed();
		unobserved.open(database);
		observed.open(database);
		assertThat(benchmark.absent(unobserved, keys(database))).isEqualTo(benchmark.idle(observed, keys(database)));
		unobserved.close();
		observed.close();
		database.close();
	}

	@Test
	void aFreshProcessFindsTheRow() throws Exception {
		for (Peer peer : Peer.values()) {
			Database.fill(peer, this.data, ROWS);
			assertThat(StartUp.measure(peer, this.data, List.of("--enable-native-access=ALL-UNNAMED"))).isPositive();
		}
	}

	/**
	 * What the workloads return, each called a few times, and what is there afterwards.
	 */
	private List<Object> work(Peer peer) throws Exception {
		Database.fill(peer, this.data, ROWS);
		Database database = new Database();
		database.open(peer, this.data);
		List<Object> answers = new ArrayList<>();
		Keys keys = keys(database);
		LookupBenchmark.Prepared lookup = new LookupBenchmark.Prepared();
		lookup.open(database);
		answers.add(LookupBenchmark.lookup(lookup.statement, 1));
		QueryBenchmark.Prepared queries = new QueryBenchmark.Prepared();
		queries.open(database);
		WriteBenchmark.Prepared writes = new WriteBenchmark.Prepared();
		writes.open(database);
		for (int i = 0; i < 20; i++) {
			answers.add(new LookupBenchmark().jdbc(lookup, keys));
			answers.add(new LookupBenchmark().template(database, keys));
			answers.add(new QueryBenchmark().scan(queries));
			answers.add(new QueryBenchmark().aggregate(queries));
			answers.add(new WriteBenchmark().insert(database));
			answers.add(new WriteBenchmark().update(database, keys));
			answers.add(new WriteBenchmark().batch(database, writes));
			answers.add(new MixedBenchmark().statement(database, keys));
		}
		lookup.close();
		queries.close();
		writes.close();
		answers.addAll(database.template.query("SELECT id, name, amount, category FROM item ORDER BY id",
				(row, number) -> Item.read(row)));
		database.close();
		return answers;
	}

	private static Keys keys(Database database) {
		Keys keys = new Keys();
		keys.open(database, 0);
		return keys;
	}

}
