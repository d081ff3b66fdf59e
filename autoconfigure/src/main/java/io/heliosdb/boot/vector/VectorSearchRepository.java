package io.heliosdb.boot.vector;

import java.util.function.Function;

import javax.sql.DataSource;

import io.heliosdb.boot.support.RowReaders;
import io.heliosdb.boot.support.SqlCalls;
import io.heliosdb.jdbc.RowReader;
import io.heliosdb.jdbc.VectorCollection;
import io.heliosdb.jdbc.VectorCollectionDefinition;
import io.heliosdb.jdbc.VectorDocument;
import io.heliosdb.jdbc.VectorSearch;
import io.heliosdb.jdbc.VectorTable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.jdbc.support.SQLExceptionTranslator;

/**
 * Search by vectors: makes collections of documents, and searches them or any table that
 * has vectors.
 * <p>
 * Every method takes part in the transaction that is active, if one is: it sees what that
 * has changed, and is rolled back with it. Without one, what a call changes is a
 * transaction of its own. Errors are {@link DataAccessException}s.
 * <p>
 * Safe for use by many threads.
 */
public class VectorSearchRepository {

	private final VectorSearch search;

	private final SqlCalls calls;

	/**
	 * Creates a repository.
	 * @param dataSource connections to the database, usually a pool
	 */
	public VectorSearchRepository(DataSource dataSource) {
		this(dataSource, new SQLExceptionSubclassTranslator());
	}

	/**
	 * Creates a repository.
	 * @param dataSource connections to the database, usually a pool
	 * @param translator makes {@link DataAccessException}s
	 */
	public VectorSearchRepository(DataSource dataSource, SQLExceptionTranslator translator) {
		this.search = new VectorSearch((dataSource instanceof TransactionAwareDataSourceProxy) ? dataSource
				: new TransactionAwareDataSourceProxy(dataSource));
		this.calls = new SqlCalls(translator);
	}

	/**
	 * Makes a collection unless it is there, see {@link VectorSearch#createCollection}.
	 * @param definition what it is to be
	 * @return the collection
	 */
	public VectorRepository<VectorDocument> createCollection(VectorCollectionDefinition definition) {
		return new VectorRepository<>(
				this.calls.translated("Create collection " + definition.name(),
						() -> this.search.createCollection(definition)),
				this.calls, (collection) -> collection::document);
	}

	/**
	 * A collection that is there, or will be when it is used.
	 * @param definition what it was made as
	 * @return the collection
	 */
	public VectorRepository<VectorDocument> collection(VectorCollectionDefinition definition) {
		return table(definition.table());
	}

	/**
	 * Drops a collection with its indexes.
	 * @param name its name
	 * @return whether there was one
	 */
	public boolean dropCollection(String name) {
		return this.calls.translated("Drop collection " + name, () -> this.search.dropCollection(name));
	}

	/**
	 * A table that has vectors, whose rows are read as documents.
	 * @param table the table, and which of its columns is which
	 * @return the table
	 */
	public VectorRepository<VectorDocument> table(VectorTable table) {
		return table(table, (collection) -> collection::document);
	}

	/**
	 * A table that has vectors, whose rows are read as {@code JdbcClient} reads them for
	 * a class: a record or a bean by the names of columns.
	 * @param <T> the class
	 * @param table the table, and which of its columns is which
	 * @param type the class
	 * @return the table
	 */
	public <T> VectorRepository<T> table(VectorTable table, Class<T> type) {
		return table(table, (collection) -> RowReaders.of(type).get());
	}

	/**
	 * A table that has vectors, whose rows a mapper reads.
	 * @param <T> what they are read as
	 * @param table the table, and which of its columns is which
	 * @param mapper reads a row; it must not return {@code null}
	 * @return the table
	 */
	public <T> VectorRepository<T> table(VectorTable table, RowMapper<T> mapper) {
		return table(table, (collection) -> RowReaders.of(mapper).get());
	}

	private <T> VectorRepository<T> table(VectorTable table, Function<VectorCollection, RowReader<T>> readers) {
		return new VectorRepository<>(this.search.table(table), this.calls, readers);
	}

}
