package io.heliosdb.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The benchmarks measure the same work: each peer gives the same rows and totals.
 */
class BenchmarksTests {

	private static final int ROWS = 1_120;

	@TempDir
	Path data;

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void everyPeerDoesTheSameWork(boolean indexed) throws Exception {
		List<Object> expected = work(Peer.H2, indexed);
		assertThat(expected).contains(Item.of(1)).doesNotContainNull();
		for (Peer peer : EnumSet.complementOf(EnumSet.of(Peer.H2))) {
			assertThat(work(peer, indexed)).as(peer.title()).isEqualTo(expected);
		}
	}

	@Test
	void theListenerDoesNotChangeTheRow() throws Exception {
		Database.fill(Peer.HELIOSDB, this.data, ROWS);
		Database database = new Database();
		database.open(Peer.HELIOSDB, false, this.data);
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

	@Test
	void thePastIsReadAsItWas() throws Exception {
		int commits = 2 * ROWS;
		PastDatabase.fill(this.data, ROWS, commits, PastDatabase.SPARE_POINTS);
		QueryBenchmark.Totals now = scan(0, PastDatabase.Way.SQL);
		QueryBenchmark.Totals then = scan(commits, PastDatabase.Way.SQL);
		assertThat(then.rows()).isEqualTo(now.rows()).isEqualTo(ROWS);
		assertThat(then.reals()).isNotEqualTo(now.reals());
		assertThat(scan(commits, PastDatabase.Way.CONNECTION)).isEqualTo(then);
	}

	/** Does all that can be done at a point. Returns what a scan sees. */
	private QueryBenchmark.Totals scan(int back, PastDatabase.Way way) throws Exception {
		PastBenchmark benchmark = new PastBenchmark();
		PastDatabase database = new PastDatabase();
		database.open(this.data, back, way);
		PastBenchmark.Reader reader = new PastBenchmark.Reader();
		reader.open(database);
		PastBenchmark.Fresh fresh = new PastBenchmark.Fresh();
		fresh.open(database);
		QueryBenchmark.Totals totals = benchmark.scan(reader);
		assertThat(benchmark.firstScan(fresh)).isEqualTo(totals);
		for (int i = 0; i < 20; i++) {
			Item item = benchmark.lookup(database, reader);
			assertThat(item.name()).isEqualTo(Item.of(item.id()).name());
			assertThat(benchmark.range(reader).rows()).isLessThan(ROWS / 10);
			if (back > 0) {
				item = benchmark.open(database, fresh);
				assertThat(item.name()).isEqualTo(Item.of(item.id()).name());
				item = benchmark.openConnection(database, reader);
				assertThat(item.name()).isEqualTo(Item.of(item.id()).name());
				if (way == PastDatabase.Way.SQL) {
					assertThat(benchmark.versions(database, reader)).isPositive();
				}
			}
		}
		fresh.close();
		reader.close();
		database.close();
		return totals;
	}

	@Test
	void theDifferenceHasTheRowsThatChanged() throws Exception {
		MillionRows.fill(this.data, 10 * DifferenceBenchmark.CHANGED);
		DifferenceBenchmark.Compared compared = new DifferenceBenchmark.Compared();
		compared.open(this.data, 500);
		assertThat(new DifferenceBenchmark().difference(compared)).isEqualTo(DifferenceBenchmark.CHANGED);
		compared.close();
	}

	@Test
	void theHistoryHasASize() throws Exception {
		MillionRows.fill(this.data, ROWS);
		for (HistoryShare.Column column : HistoryShare.Column.values()) {
			assertThat(HistoryShare.measure(this.data, column, 5_000)).isBetween(0.1, 100.0);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "HELIOSDB", "HELIOSDB_WITHOUT_HISTORY" })
	void theLoadInMiniatureIsRight(Peer peer) throws Exception {
		SoakLoad load = new SoakLoad(peer, this.data, Duration.ofSeconds(1));
		load.run(Duration.ofSeconds(3));
		assertThat(load.violations()).isEmpty();
		assertThat(load.waits().count()).isPositive();
		assertThat(load.pointsChecked()).isPositive();
	}

	@Test
	void waitsAreCountedByHowLongTheyWere() {
		Waits waits = new Waits();
		for (int micros = 1; micros <= 1000; micros++) {
			waits.add(micros * 1000L);
		}
		assertThat(waits.count()).isEqualTo(1000);
		assertThat(waits.quantile(0.5)).isBetween(500_000L, 570_000L);
		assertThat(waits.quantile(0.999)).isBetween(999_000L, 1_130_000L);
		assertThat(waits.countAbove(750_000)).isBetween(180L, 250L);
		assertThat(waits.countAbove(2_000_000)).isZero();
	}

	/**
	 * What the workloads return, each called a few times, and what is there afterwards.
	 */
	private List<Object> work(Peer peer, boolean indexed) throws Exception {
		Database.fill(peer, this.data, ROWS);
		Database database = new Database();
		database.open(peer, indexed, this.data);
		List<Object> answers = new ArrayList<>();
		Keys keys = keys(database);
		LookupBenchmark.Prepared lookup = new LookupBenchmark.Prepared();
		lookup.open(database);
		answers.add(LookupBenchmark.lookup(lookup.statement, 1));
		QueryBenchmark.Prepared queries = new QueryBenchmark.Prepared();
		queries.open(database);
		WriteBenchmark.Prepared writes = new WriteBenchmark.Prepared();
		writes.open(database);
		FrameworkBenchmark.SpringData springData = new FrameworkBenchmark.SpringData();
		springData.open(database);
		FrameworkBenchmark.Hibernate hibernate = new FrameworkBenchmark.Hibernate();
		hibernate.open(database);
		for (int i = 0; i < 20; i++) {
			answers.add(new FrameworkBenchmark().springDataJdbc(springData, keys));
			answers.add(new FrameworkBenchmark().hibernate(hibernate, keys));
			answers.add(new LookupBenchmark().jdbc(lookup, keys));
			answers.add(new LookupBenchmark().template(database, keys));
			answers.add(new QueryBenchmark().scan(queries));
			answers.add(new QueryBenchmark().aggregate(queries));
			answers.add(new WriteBenchmark().insert(database));
			answers.add(new WriteBenchmark().update(database, keys));
			answers.add(new WriteBenchmark().batch(database, writes));
			answers.add(new MixedBenchmark().statement(database, keys));
		}
		springData.close();
		hibernate.close();
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
