package io.heliosdb.jdbc;

import java.util.Objects;
import java.util.Set;

/**
 * A table with vectors, and which of its columns is which. Names are plain names, without
 * quotes.
 *
 * @param name the table
 * @param idColumn what tells its rows apart: a primary key or a unique column
 * @param embeddingColumn the vectors
 * @param metric how distances are measured
 * @param contentColumn the text, {@code null} if there is none
 * @param metadataColumn a JSON object, {@code null} if there is none
 * @param filterColumns columns that filters may name; any other field is a key of the
 * metadata, and without metadata every field is a column
 * @param fullTextTable an FTS5 table whose rowids are the rowids of this table, for
 * hybrid search; {@code null} if there is none
 */
public record VectorTable(String name, String idColumn, String embeddingColumn, VectorMetric metric,
		String contentColumn, String metadataColumn, Set<String> filterColumns, String fullTextTable) {

	/**
	 * Checks that what has to be there is there.
	 */
	public VectorTable {
		Objects.requireNonNull(name, "name");
		Objects.requireNonNull(idColumn, "idColumn");
		Objects.requireNonNull(embeddingColumn, "embeddingColumn");
		Objects.requireNonNull(metric, "metric");
		filterColumns = Set.copyOf(filterColumns);
	}

	/**
	 * A table that has an id and a vector; filters name any of its columns.
	 * @param name the table
	 * @param idColumn what tells its rows apart
	 * @param embeddingColumn the vectors
	 * @param metric how distances are measured
	 * @return the table
	 */
	public static VectorTable of(String name, String idColumn, String embeddingColumn, VectorMetric metric) {
		return new VectorTable(name, idColumn, embeddingColumn, metric, null, null, Set.of(), null);
	}

	/**
	 * The table with a column for the text.
	 * @param column the column
	 * @return the table
	 */
	public VectorTable withContent(String column) {
		return new VectorTable(this.name, this.idColumn, this.embeddingColumn, this.metric, column, this.metadataColumn,
				this.filterColumns, this.fullTextTable);
	}

	/**
	 * The table with a column that has a JSON object, whose keys filters name from then
	 * on.
	 * @param column the column
	 * @return the table
	 */
	public VectorTable withMetadata(String column) {
		return new VectorTable(this.name, this.idColumn, this.embeddingColumn, this.metric, this.contentColumn, column,
				this.filterColumns, this.fullTextTable);
	}

	/**
	 * The table with columns that filters may name beside the keys of the metadata.
	 * @param columns the columns
	 * @return the table
	 */
	public VectorTable withFilterColumns(String... columns) {
		return new VectorTable(this.name, this.idColumn, this.embeddingColumn, this.metric, this.contentColumn,
				this.metadataColumn, Set.of(columns), this.fullTextTable);
	}

	/**
	 * The table with a full-text index.
	 * @param table an FTS5 table whose rowids are those of this table
	 * @return the table
	 */
	public VectorTable withFullText(String table) {
		return new VectorTable(this.name, this.idColumn, this.embeddingColumn, this.metric, this.contentColumn,
				this.metadataColumn, this.filterColumns, table);
	}

	boolean isColumn(String field) {
		return this.metadataColumn == null || this.filterColumns.contains(field);
	}

}
