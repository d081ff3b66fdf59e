package io.heliosdb.boot.timetravel;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

import io.heliosdb.jdbc.PointInTime;
import io.heliosdb.jdbc.RowVersion;

import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.data.domain.Page;
import org.springframework.data.domain.PageImpl;
import org.springframework.data.domain.Pageable;
import org.springframework.data.history.Revision;
import org.springframework.data.history.RevisionMetadata;
import org.springframework.data.history.RevisionSort;
import org.springframework.data.history.Revisions;
import org.springframework.data.repository.history.RevisionRepository;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * The versions of a table's rows in the shape of Spring Data. A revision's number is the
 * SCN of the commit that made it; a deletion is a revision of its own, with the values
 * that the row had last. A row that is older than the history begins with a revision of
 * type {@code UNKNOWN}, which has no time and the SCN of the oldest point. The delegate
 * of a revision's metadata is the {@link RowVersion}.
 * <p>
 * Needs {@code spring-data-commons}, which this module does not bring.
 *
 * @param <T> what a row is read as
 * @param <ID> its key
 */
public final class RowRevisionRepository<T, ID> implements RevisionRepository<T, ID, Long> {

	private static final String TABLE_ANNOTATION = "org.springframework.data.relational.core.mapping.Table";

	private final TableHistory<T> table;

	private final Function<ID, Object[]> key;

	/**
	 * The revisions of a table whose key is one column.
	 * @param table the table
	 */
	public RowRevisionRepository(TableHistory<T> table) {
		this(table, (id) -> new Object[] { id });
	}

	/**
	 * The revisions of a table.
	 * @param table the table
	 * @param key makes of an id the values of the key, in the order in which the primary
	 * key names its columns
	 */
	public RowRevisionRepository(TableHistory<T> table, Function<ID, Object[]> key) {
		this.table = table;
		this.key = key;
	}

	/**
	 * The revisions of an entity: of the table that Spring Data's {@code @Table} names,
	 * or the one that is called like the class, in lower case with underscores.
	 * @param <T> the entity
	 * @param <ID> its key, of one column
	 * @param repository the repository
	 * @param entity the class, a record or a bean whose properties are named as the
	 * columns are
	 * @return the revisions
	 */
	public static <T, ID> RowRevisionRepository<T, ID> of(TimeTravelRepository repository, Class<T> entity) {
		return new RowRevisionRepository<>(repository.table(tableName(entity), entity));
	}

	private static String tableName(Class<?> entity) {
		String declared = MergedAnnotations.from(entity)
			.get(TABLE_ANNOTATION)
			.getValue("value", String.class)
			.orElse("");
		return StringUtils.hasText(declared) ? declared
				: ClassUtils.getShortName(entity)
					.replaceAll("^.*\\.", "")
					.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
					.toLowerCase(Locale.ROOT);
	}

	@Override
	public Optional<Revision<Long, T>> findLastChangeRevision(ID id) {
		List<Revision<Long, T>> revisions = revisions(id);
		return revisions.isEmpty() ? Optional.empty() : Optional.of(revisions.get(revisions.size() - 1));
	}

	@Override
	public Revisions<Long, T> findRevisions(ID id) {
		return Revisions.of(revisions(id));
	}

	/**
	 * A page of the revisions, oldest first unless the page is sorted by
	 * {@link RevisionSort#desc()}.
	 */
	@Override
	public Page<Revision<Long, T>> findRevisions(ID id, Pageable pageable) {
		List<Revision<Long, T>> revisions = new ArrayList<>(revisions(id));
		if (RevisionSort.getRevisionDirection(pageable.getSort()).isDescending()) {
			Collections.reverse(revisions);
		}
		if (pageable.isUnpaged()) {
			return new PageImpl<>(revisions);
		}
		int from = (int) Math.min(pageable.getOffset(), revisions.size());
		int to = Math.min(from + pageable.getPageSize(), revisions.size());
		return new PageImpl<>(revisions.subList(from, to), pageable, revisions.size());
	}

	@Override
	public Optional<Revision<Long, T>> findRevision(ID id, Long revisionNumber) {
		return revisions(id).stream()
			.filter((revision) -> revision.getRevisionNumber().filter(revisionNumber::equals).isPresent())
			.findFirst();
	}

	private List<Revision<Long, T>> revisions(ID id) {
		long oldest = this.table.resolve(PointInTime.oldest());
		return this.table.versionsBetween(PointInTime.scn(oldest), PointInTime.now(), this.key.apply(id))
			.stream()
			.map((version) -> Revision.of((RevisionMetadata<Long>) new RowMetadata(version, oldest), version.row()))
			.toList();
	}

	/**
	 * What is known of a version.
	 *
	 * @param version the version
	 * @param oldest the point from which on versions were looked for
	 */
	private record RowMetadata(RowVersion<?> version, long oldest) implements RevisionMetadata<Long> {

		@Override
		public Optional<Long> getRevisionNumber() {
			return Optional.of((this.version.startScn() != null) ? this.version.startScn() : this.oldest);
		}

		@Override
		public Optional<Instant> getRevisionInstant() {
			return Optional.ofNullable(this.version.startTime());
		}

		@Override
		public RevisionType getRevisionType() {
			if (this.version.operation() == null) {
				return RevisionType.UNKNOWN;
			}
			return switch (this.version.operation()) {
				case INSERT -> RevisionType.INSERT;
				case UPDATE -> RevisionType.UPDATE;
				case DELETE -> RevisionType.DELETE;
			};
		}

		@Override
		@SuppressWarnings("unchecked")
		public <D> D getDelegate() {
			return (D) this.version;
		}

	}

}
