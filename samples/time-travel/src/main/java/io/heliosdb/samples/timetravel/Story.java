package io.heliosdb.samples.timetravel;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.heliosdb.boot.timetravel.TableHistory;
import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.jdbc.Commit;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.Restoration;
import io.heliosdb.jdbc.RowChange;
import io.heliosdb.jdbc.RowOperation;
import io.heliosdb.jdbc.RowVersion;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The story, chapter by chapter.
 */
@Component
class Story implements ApplicationRunner {

	private static final String TAG = "before-census";

	private static final PointInTime BEFORE_CENSUS = PointInTime.tag(TAG);

	private static final long LISBON = 2267057;

	private final Dataset dataset;

	private final JdbcClient jdbc;

	private final Statistics statistics;

	private final TimeTravelRepository timeTravel;

	private final TableHistory<City> cities;

	Story(Dataset dataset, JdbcClient jdbc, Statistics statistics, TimeTravelRepository timeTravel) {
		this.dataset = dataset;
		this.jdbc = jdbc;
		this.statistics = statistics;
		this.timeTravel = timeTravel;
		this.cities = timeTravel.table("city", City.class);
	}

	@Override
	public void run(ApplicationArguments arguments) throws Exception {
		begin();
		makeAMistake();
		tellWhatChanged();
		followOneRow();
		lookBack();
		undo();
	}

	private void begin() throws Exception {
		this.dataset.load();
		this.timeTravel.untag(TAG);
		chapter("The cities of the world");
		say("%,d cities are loaded. The commit is tagged '%s', SCN %d.", count(), TAG, this.timeTravel.tag(TAG));
	}

	private void makeAMistake() {
		chapter("A census of Portugal, and a WHERE that is missing");
		int updated = this.jdbc.sql("UPDATE city SET population = population / 2").update();
		say("UPDATE city SET population = population / 2: %,d rows.", updated);
		int deleted = this.jdbc.sql("DELETE FROM city WHERE population < 20000").update();
		say("DELETE FROM city WHERE population < 20000: %,d rows, which were no villages before.", deleted);
		say("Portugal has %,d people in cities now.", this.statistics.population("PT", null));
	}

	private void tellWhatChanged() {
		chapter("What changed since the tag");
		List<RowChange<City>> changes = this.cities.difference(BEFORE_CENSUS, PointInTime.now());
		Map<RowOperation, Long> counts = changes.stream()
			.collect(Collectors.groupingBy(RowChange::operation, Collectors.counting()));
		say("%,d rows were updated, %,d deleted.", counts.getOrDefault(RowOperation.UPDATE, 0L),
				counts.getOrDefault(RowOperation.DELETE, 0L));
		changes.stream()
			.filter((change) -> change.operation() == RowOperation.UPDATE)
			.sorted(Comparator.comparing((change) -> -change.before().population()))
			.limit(3)
			.forEach((change) -> say("  %-12s %,12d -> %,12d", change.before().name(), change.before().population(),
					change.after().population()));
	}

	private void followOneRow() {
		chapter("Every version of Lisbon since then");
		for (RowVersion<City> version : this.cities.versionsBetween(BEFORE_CENSUS, PointInTime.now(), LISBON)) {
			say("  %-22s %,9d",
					(version.startScn() != null) ? version.operation() + " by SCN " + version.startScn() : "as it was",
					version.row().population());
		}
	}

	private void lookBack() {
		chapter("The same service on the past");
		say("Statistics.population(\"PT\", @AsOf tag '%s') says %,d.", TAG,
				this.statistics.population("PT", BEFORE_CENSUS));
		say("And in SQL, past and present in one statement, what is lost by country:");
		this.jdbc.sql("""
				SELECT country.name, count(*) AS lost
				FROM city AS OF TAG ? old
				JOIN region ON region.code = old.region_code
				JOIN country ON country.code = region.country_code
				WHERE NOT EXISTS (SELECT 1 FROM city WHERE city.id = old.id)
				GROUP BY country.code
				ORDER BY lost DESC
				LIMIT 3""")
			.param(TAG)
			.query((row, number) -> "  %-14s %,6d cities".formatted(row.getString("name"), row.getInt("lost")))
			.list()
			.forEach((line) -> say("%s", line));
	}

	private void undo() {
		chapter("Undo");
		Restoration restoration = this.cities.restore(BEFORE_CENSUS);
		say("%,d rows are as they were, by SCN %d, a commit like any other.", restoration.rows(), restoration.scn());
		say("%,d cities; differences to the tag: %d. Portugal has %,d people in cities again.", count(),
				this.cities.difference(BEFORE_CENSUS, PointInTime.now()).size(),
				this.statistics.population("PT", null));
		say("The last commits:");
		for (Commit commit : this.timeTravel.lastCommits(4)) {
			say("  SCN %-4d %s  %,5d pages  %s", commit.scn(), commit.time(), commit.changedPages(),
					(commit.tag() != null) ? commit.tag() : "");
		}
	}

	private long count() {
		return this.jdbc.sql("SELECT count(*) FROM city").query(Long.class).single();
	}

	private void chapter(String title) {
		System.out.printf("%n%s%n%s%n", title, "-".repeat(title.length()));
	}

	private void say(String format, Object... arguments) {
		System.out.printf(Locale.ROOT, format + "%n", arguments);
	}

}
