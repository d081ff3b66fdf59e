package io.heliosdb.boot.vector;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import io.heliosdb.boot.support.SqlCalls;
import io.heliosdb.jdbc.RowReader;
import io.heliosdb.jdbc.VectorCollection;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorFilter;
import io.heliosdb.jdbc.VectorMatch;
import io.heliosdb.jdbc.VectorQuery;
import io.heliosdb.jdbc.VectorTable;

import org.springframework.dao.DataAccessException;

/**
 * A collection, or a table that has vectors, from {@link VectorSearchRepository}, which
 * says what holds for each method. Errors are {@link DataAccessException}s. Safe for use
 * by many threads.
 *
 * @param <T> what a row is read as
 */
public final class VectorRepository<T> {

	private final VectorCollection collection;

	private final SqlCalls calls;

	private final Function<VectorCollection, RowReader<T>> readers;

	VectorRepository(VectorCollection collection, SqlCalls calls, Function<VectorCollection, RowReader<T>> readers) {
		this.collection = collection;
		this.calls = calls;
		this.readers = readers;
	}

	/**
	 * The table, and which of its columns is which.
	 * @return the table
	 */
	public VectorTable table() {
		return this.collection.table();
	}

	/**
	 * Adds documents: all or, if one cannot be added, none.
	 * @param documents the documents
	 */
	public void add(Collection<VectorDocument> documents) {
		this.calls.translated("Add to " + name(), () -> {
			this.collection.add(documents);
			return null;
		});
	}

	/**
	 * Adds documents, and replaces those whose ids are there: all or, if one cannot be,
	 * none.
	 * @param documents the documents
	 */
	public void upsert(Collection<VectorDocument> documents) {
		this.calls.translated("Upsert into " + name(), () -> {
			this.collection.upsert(documents);
			return null;
		});
	}

	/**
	 * Deletes the rows that have certain ids.
	 * @param ids the ids; those that are not there are passed over
	 * @return how many rows were deleted
	 */
	public long delete(Collection<?> ids) {
		return this.calls.translated("Delete from " + name(), () -> this.collection.delete(ids));
	}

	/**
	 * Deletes the rows for which a filter holds.
	 * @param filter the filter
	 * @return how many rows were deleted
	 */
	public long delete(VectorFilter filter) {
		return this.calls.translated("Delete from " + name(), () -> this.collection.delete(filter));
	}

	/**
	 * Deletes all rows.
	 * @return how many there were
	 */
	public long deleteAll() {
		return this.calls.translated("Delete from " + name(), this.collection::deleteAll);
	}

	/**
	 * How many rows there are.
	 * @return the number
	 */
	public long count() {
		return this.calls.translated("Count " + name(), this.collection::count);
	}

	/**
	 * Finds a row.
	 * @param id its id
	 * @return the row, empty if there is none
	 */
	public Optional<T> find(Object id) {
		return this.calls.translated("Find in " + name(),
				() -> this.collection.find(id, this.readers.apply(this.collection)));
	}

	/**
	 * Searches for rows, by vector or hybrid, in the present or the past.
	 * @param query what is searched for
	 * @return the matches, the best first
	 */
	public List<VectorMatch<T>> search(VectorQuery query) {
		return this.calls.translated("Search " + name(),
				() -> this.collection.search(query, this.readers.apply(this.collection)));
	}

	private String name() {
		return this.collection.table().name();
	}

}
