package io.heliosdb.boot.timetravel;

import java.nio.file.Path;
import java.util.List;

import io.heliosdb.jdbc.HeliosDataSource;
import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.RowVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageRequest;
import org.springframework.data.domain.Pageable;
import org.springframework.data.history.Revision;
import org.springframework.data.history.RevisionMetadata.RevisionType;
import org.springframework.data.history.RevisionSort;
import org.springframework.data.history.Revisions;
import org.springframework.data.repository.history.RevisionRepository;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests for {@link RowRevisionRepository}. */
class RowRevisionRepositoryTests {

	@TempDir
	private Path folder;

	private HeliosDataSource dataSource;

	private JdbcClient jdbc;

	private TimeTravelRepository repository;

	private RevisionRepository<HomeTown, Long, Long> towns;

	record HomeTown(long id, String name) {
	}

	@BeforeEach
	void open() throws Exception {
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + this.folder.resolve("app.db"));
		this.jdbc = JdbcClient.create(this.dataSource);
		this.repository = new TimeTravelRepository(this.dataSource);
		this.towns = RowRevisionRepository.of(this.repository, HomeTown.class);
		update("CREATE TABLE home_town (id INTEGER PRIMARY KEY, name TEXT)");
	}

	@AfterEach
	void close() throws Exception {
		this.repository.destroy();
		this.dataSource.close();
	}

	private long update(String sql) {
		this.jdbc.sql(sql).update();
		return this.repository.currentScn();
	}

	@Test
	void revisionsAreTheVersionsOfARow() {
		long inserted = update("INSERT INTO home_town VALUES (1, 'a')");
		long updated = update("UPDATE home_town SET name = 'b'");
		long deleted = update("DELETE FROM home_town");
		Revisions<Long, HomeTown> revisions = this.towns.findRevisions(1L);
		assertThat(revisions.map(Revision::getRequiredRevisionNumber)).containsExactly(inserted, updated, deleted);
		assertThat(revisions.map(Revision::getEntity)).containsExactly(new HomeTown(1, "a"), new HomeTown(1, "b"),
				new HomeTown(1, "b"));
		assertThat(revisions.map((revision) -> revision.getMetadata().getRevisionType()))
			.containsExactly(RevisionType.INSERT, RevisionType.UPDATE, RevisionType.DELETE);
		Revision<Long, HomeTown> first = revisions.getContent().get(0);
		assertThat(first.getRequiredRevisionInstant()).isEqualTo(this.repository.timeOf(PointInTime.scn(inserted)));
		RowVersion<HomeTown> delegate = first.getMetadata().getDelegate();
		assertThat(delegate.endScn()).isEqualTo(updated);
	}

	@Test
	void lastRevisionIsTheNewest() {
		update("INSERT INTO home_town VALUES (1, 'a')");
		long updated = update("UPDATE home_town SET name = 'b'");
		assertThat(this.towns.findLastChangeRevision(1L)).hasValueSatisfying((revision) -> {
			assertThat(revision.getRequiredRevisionNumber()).isEqualTo(updated);
			assertThat(revision.getEntity().name()).isEqualTo("b");
		});
		assertThat(this.towns.findLastChangeRevision(2L)).isEmpty();
		assertThat(this.towns.findRevisions(2L)).isEmpty();
	}

	@Test
	void revisionIsFoundByItsNumber() {
		long inserted = update("INSERT INTO home_town VALUES (1, 'a')");
		long updated = update("UPDATE home_town SET name = 'b'");
		assertThat(this.towns.findRevision(1L, inserted)).map((revision) -> revision.getEntity().name()).contains("a");
		assertThat(this.towns.findRevision(1L, updated)).map((revision) -> revision.getEntity().name()).contains("b");
		assertThat(this.towns.findRevision(1L, updated + 1)).isEmpty();
	}

	@Test
	void revisionsComeInPages() {
		for (int i = 0; i < 5; i++) {
			update((i == 0) ? "INSERT INTO home_town VALUES (1, '0')" : "UPDATE home_town SET name = " + i);
		}
		assertThat(names(PageRequest.of(0, 2))).containsExactly("0", "1");
		assertThat(names(PageRequest.of(2, 2))).containsExactly("4");
		assertThat(names(PageRequest.of(7, 2))).isEmpty();
		assertThat(names(PageRequest.of(0, 2, RevisionSort.desc()))).containsExactly("4", "3");
		assertThat(names(Pageable.unpaged())).hasSize(5);
		assertThat(this.towns.findRevisions(1L, PageRequest.of(1, 2)).getTotalElements()).isEqualTo(5);
	}

	private List<String> names(Pageable pageable) {
		Page<Revision<Long, HomeTown>> page = this.towns.findRevisions(1L, pageable);
		return page.map((revision) -> revision.getEntity().name()).getContent();
	}

	@Test
	void rowThatIsOlderThanTheHistoryBeginsUnknown() {
		long oldest = update("INSERT INTO home_town VALUES (1, 'a')");
		this.repository.eraseAll();
		update("UPDATE home_town SET name = 'b'");
		Revision<Long, HomeTown> first = this.towns.findRevisions(1L).getContent().get(0);
		assertThat(first.getMetadata().getRevisionType()).isEqualTo(RevisionType.UNKNOWN);
		assertThat(first.getRevisionNumber()).contains(oldest);
		assertThat(this.towns.findRevision(1L, oldest)).contains(first);
		assertThat(first.getRevisionInstant()).isEmpty();
		assertThat(first.getEntity().name()).isEqualTo("a");
	}

	@Test
	void keyMayHaveSeveralColumns() {
		update("CREATE TABLE visit (town INT, day TEXT, note TEXT, PRIMARY KEY (day, town)) WITHOUT ROWID");
		update("INSERT INTO visit VALUES (1, '2026-11-22', 'a'), (2, '2026-11-22', 'b')");
		RowRevisionRepository<Visit, VisitId> visits = new RowRevisionRepository<>(
				this.repository.table("visit", Visit.class), (id) -> new Object[] { id.day(), id.town() });
		assertThat(visits.findLastChangeRevision(new VisitId(2, "2026-11-22")))
			.hasValueSatisfying((revision) -> assertThat(revision.getEntity().note()).isEqualTo("b"));
	}

	record Visit(long town, String day, String note) {
	}

	record VisitId(long town, String day) {
	}

}
