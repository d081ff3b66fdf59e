package io.heliosdb.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;

/**
 * Nine lookups, then an update, each a statement of its own through the pool.
 */
public class MixedBenchmark {

	/** One statement, read or write. */
	@Benchmark
	public Object statement(Database database, Keys keys) {
		long id = keys.next();
		if (keys.calls() % 10 == 0) {
			return WriteBenchmark.update(database, id, keys.calls());
		}
		return database.template.queryForObject(Item.LOOKUP, (row, number) -> Item.read(row), id);
	}

}
