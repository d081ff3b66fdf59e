package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

import io.heliosdb.jdbc.sql.StatementText;

/**
 * Search by vectors in a database: makes collections of documents, and searches them or
 * any table that has vectors. Works on any data source whose connections are, or unwrap
 * to, {@link HeliosConnection}; pools do.
 * <p>
 * Each call takes a connection from the data source and closes it. If that is in
 * auto-commit mode, what a call changes is one transaction; if not, the call is part of
 * the transaction that is open, which the data source's owner ends.
 * <p>
 * A collection is an ordinary table, {@code (row_id INTEGER PRIMARY KEY, id TEXT UNIQUE,
 * content TEXT, metadata TEXT, embedding VECTOR(n))}, which SQL may read and write as any
 * other. Safe for use by many threads.
 */
public final class VectorSearch {

	private static final String ROW_ID = "row_id";

	private static final String ID = "id";

	private static final String CONTENT = "content";

	private static final String METADATA = "metadata";

	private static final String EMBEDDING = "embedding";

	private final DataSource dataSource;

	/**
	 * Vector search in a database.
	 * @param dataSource connections to it
	 */
	public VectorSearch(DataSource dataSource) {
		this.dataSource = dataSource;
	}

	/**
	 * Makes a collection unless it is there. The vector index that the definition asks
	 * for is made if it is missing, which takes a while for many rows; the full-text
	 * index belongs to the table from its beginning.
	 * @param definition what it is to be
	 * @return the collection
	 * @throws SQLException if a table of that name has other columns or another number of
	 * dimensions, or the indexes are not what the definition says
	 */
	public VectorCollection createCollection(VectorCollectionDefinition definition) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			TableShape shape = TableShape.read(connection, definition.name());
			if (shape == null) {
				VectorCollection.atomically(connection, () -> {
					create(connection, definition);
					return null;
				});
			}
			else {
				check(shape, connection, definition);
			}
			if (definition.index()) {
				Queries.run(connection,
						"CREATE INDEX IF NOT EXISTS " + StatementText.quoted(indexName(definition)) + " ON "
								+ StatementText.quoted(definition.name()) + " USING vector (" + EMBEDDING + " "
								+ definition.metric().operatorClass() + ")");
			}
		}
		return table(definition.table());
	}

	/**
	 * Finds a collection that was made before.
	 * @param name its name
	 * @param metric how its distances are measured
	 * @return the collection, empty if there is no table of that name
	 * @throws SQLException if the table of that name has other columns
	 */
	public Optional<VectorCollection> findCollection(String name, VectorMetric metric) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			TableShape shape = TableShape.read(connection, name);
			if (shape == null) {
				return Optional.empty();
			}
			checkColumns(shape);
			boolean fullText = TableShape.read(connection, fullTextName(name)) != null;
			return Optional.of(table(tableOf(name, metric, fullText)));
		}
	}

	/**
	 * A table that has vectors.
	 * @param table the table, and which of its columns is which
	 * @return the table as a collection
	 */
	public VectorCollection table(VectorTable table) {
		return new VectorCollection(this.dataSource, table);
	}

	/**
	 * Drops a collection with its indexes.
	 * @param name its name
	 * @return whether there was one
	 * @throws SQLException if it cannot be dropped; nothing has changed then
	 */
	public boolean dropCollection(String name) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			if (TableShape.read(connection, name) == null) {
				return false;
			}
			return VectorCollection.atomically(connection, () -> {
				Queries.run(connection, "DROP TABLE " + StatementText.quoted(name));
				Queries.run(connection, "DROP TABLE IF EXISTS " + StatementText.quoted(fullTextName(name)));
				return true;
			});
		}
	}

	static VectorTable tableOf(String name, VectorMetric metric, boolean fullText) {
		VectorTable table = VectorTable.of(name, ID, EMBEDDING, metric).withContent(CONTENT).withMetadata(METADATA);
		return fullText ? table.withFullText(fullTextName(name)) : table;
	}

	private static String fullTextName(String collection) {
		return collection + "_text";
	}

	private static String indexName(VectorCollectionDefinition definition) {
		return definition.name() + "_embedding";
	}

	private static void create(Connection connection, VectorCollectionDefinition definition) throws SQLException {
		String table = StatementText.quoted(definition.name());
		// Without an INTEGER PRIMARY KEY, VACUUM may give a row another rowid.
		Queries.run(connection,
				"CREATE TABLE " + table + " (" + ROW_ID + " INTEGER PRIMARY KEY, " + ID + " TEXT NOT NULL UNIQUE, "
						+ CONTENT + " TEXT, " + METADATA + " TEXT CHECK (json_valid(" + METADATA + ")), " + EMBEDDING
						+ " VECTOR(" + definition.dimensions() + ") NOT NULL)");
		if (!definition.fullText()) {
			return;
		}
		String fullText = StatementText.quoted(fullTextName(definition.name()));
		String declaration = "CREATE VIRTUAL TABLE " + fullText + " USING fts5(" + CONTENT + ", content=" + table
				+ ", ";
		// Left of a collection whose table was dropped by SQL.
		if (Queries.number(connection, "SELECT count(*) FROM sqlite_schema WHERE substr(sql, 1, ?) = ?",
				declaration.length(), declaration) > 0) {
			Queries.run(connection, "DROP TABLE " + fullText);
		}
		Queries.run(connection, declaration + "content_rowid=" + ROW_ID + ", tokenize="
				+ StatementText.quoted(definition.tokenizer()) + ")");
		String insert = "INSERT INTO " + fullText + "(rowid, " + CONTENT + ") VALUES (new." + ROW_ID + ", new."
				+ CONTENT + ");";
		String delete = "INSERT INTO " + fullText + "(" + fullText + ", rowid, " + CONTENT + ") VALUES ('delete', old."
				+ ROW_ID + ", old." + CONTENT + ");";
		trigger(connection, definition, "insert", "AFTER INSERT", insert);
		trigger(connection, definition, "delete", "AFTER DELETE", delete);
		trigger(connection, definition, "update", "AFTER UPDATE OF " + ROW_ID + ", " + CONTENT, delete + " " + insert);
	}

	private static void trigger(Connection connection, VectorCollectionDefinition definition, String name, String event,
			String statements) throws SQLException {
		Queries.run(connection, "CREATE TRIGGER " + StatementText.quoted(fullTextName(definition.name()) + "_" + name)
				+ " " + event + " ON " + StatementText.quoted(definition.name()) + " BEGIN " + statements + " END");
	}

	private static void checkColumns(TableShape shape) throws SQLException {
		List<String> missing = new ArrayList<>(List.of(ROW_ID, ID, CONTENT, METADATA, EMBEDDING));
		missing.removeAll(shape.columnNames());
		if (!missing.isEmpty()) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception(
					"The " + shape.kind() + " '" + shape.name() + "' is there, and is no collection: it has no column "
							+ String.join(", ", missing) + ". Search it as a table of your own by VectorSearch.table");
		}
	}

	private static void check(TableShape shape, Connection connection, VectorCollectionDefinition definition)
			throws SQLException {
		checkColumns(shape);
		String declared = shape.columns()
			.stream()
			.filter((column) -> column.name().equals(EMBEDDING))
			.map(TableShape.Column::type)
			.findFirst()
			.orElse("");
		int dimensions = DeclaredType.argument(declared, 0);
		if (dimensions != definition.dimensions()) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The collection '" + shape.name() + "' has vectors of "
					+ dimensions + " dimensions, not " + definition.dimensions()
					+ ". Was the embedding model changed? Then drop the collection, and add its documents anew");
		}
		if (definition.fullText() && TableShape.read(connection, fullTextName(definition.name())) == null) {
			throw SqlState.INVALID_PARAMETER_VALUE.exception("The collection '" + shape.name()
					+ "' was made without a full-text index. Use it without, or drop it and add its documents anew");
		}
	}

}
