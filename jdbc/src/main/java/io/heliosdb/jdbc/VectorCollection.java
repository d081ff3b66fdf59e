package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

import io.heliosdb.jdbc.sql.StatementText;

/**
 * A collection of documents, or a table of the user's own that has vectors. What
 * {@link VectorSearch} says of connections and transactions holds for each method. Safe
 * for use by many threads.
 */
public final class VectorCollection {

	/** What follows the columns of a row in the result of a search. */
	private static final int SCORE_COLUMNS = 2;

	private final DataSource dataSource;

	private final VectorTable table;

	/** The table, the alias of whose rows is {@code d}. */
	private final String source;

	private final String embedding;

	VectorCollection(DataSource dataSource, VectorTable table) {
		this.dataSource = dataSource;
		this.table = table;
		this.source = StatementText.quoted(table.name());
		this.embedding = "d." + StatementText.quoted(table.embeddingColumn());
	}

	/**
	 * The table, and which of its columns is which.
	 * @return the table
	 */
	public VectorTable table() {
		return this.table;
	}

	/* Changing it */

	/**
	 * Adds documents: all or, if one cannot be added, none.
	 * @param documents the documents
	 * @throws SQLException if an id is there already, or a vector is not valid
	 */
	public void add(Collection<VectorDocument> documents) throws SQLException {
		write(documents, "");
	}

	/**
	 * Adds documents, and replaces those whose ids are there: all or, if one cannot be,
	 * none.
	 * @param documents the documents
	 * @throws SQLException if a vector is not valid
	 */
	public void upsert(Collection<VectorDocument> documents) throws SQLException {
		List<String> columns = columns();
		StringBuilder conflict = new StringBuilder(" ON CONFLICT (").append(columns.get(0)).append(") DO UPDATE SET ");
		String separator = "";
		for (String column : columns.subList(1, columns.size())) {
			conflict.append(separator).append(column).append(" = excluded.").append(column);
			separator = ", ";
		}
		write(documents, conflict.toString());
	}

	private void write(Collection<VectorDocument> documents, String conflict) throws SQLException {
		if (documents.isEmpty()) {
			return;
		}
		List<String> columns = columns();
		String sql = "INSERT INTO " + this.source + " (" + String.join(", ", columns) + ") VALUES (?"
				+ ", ?".repeat(columns.size() - 1) + ")" + conflict;
		try (Connection connection = this.dataSource.getConnection()) {
			atomically(connection, () -> {
				try (PreparedStatement statement = connection.prepareStatement(sql)) {
					for (VectorDocument document : documents) {
						bind(statement, document);
						statement.addBatch();
					}
					return statement.executeBatch();
				}
			});
		}
	}

	/** In the order of {@link #bind}. */
	private List<String> columns() {
		List<String> columns = new ArrayList<>();
		columns.add(StatementText.quoted(this.table.idColumn()));
		columns.add(StatementText.quoted(this.table.embeddingColumn()));
		if (this.table.contentColumn() != null) {
			columns.add(StatementText.quoted(this.table.contentColumn()));
		}
		if (this.table.metadataColumn() != null) {
			columns.add(StatementText.quoted(this.table.metadataColumn()));
		}
		return columns;
	}

	private void bind(PreparedStatement statement, VectorDocument document) throws SQLException {
		statement.setString(1, document.id());
		statement.setObject(2, document.embedding());
		int next = 3;
		if (this.table.contentColumn() != null) {
			statement.setString(next++, document.content());
		}
		if (this.table.metadataColumn() != null) {
			statement.setString(next, document.metadata());
		}
	}

	/**
	 * Deletes the rows that have certain ids.
	 * @param ids the ids; those that are not there are passed over
	 * @return how many rows were deleted
	 * @throws SQLException if they cannot be deleted; all are there then
	 */
	public long delete(Collection<?> ids) throws SQLException {
		String sql = "DELETE FROM " + this.source + " WHERE " + StatementText.quoted(this.table.idColumn()) + " = ?";
		try (Connection connection = this.dataSource.getConnection()) {
			return atomically(connection, () -> {
				try (PreparedStatement statement = connection.prepareStatement(sql)) {
					for (Object id : ids) {
						statement.setObject(1, id);
						statement.addBatch();
					}
					long deleted = 0;
					for (long count : statement.executeLargeBatch()) {
						deleted += count;
					}
					return deleted;
				}
			});
		}
	}

	/**
	 * Deletes the rows for which a filter holds.
	 * @param filter the filter
	 * @return how many rows were deleted
	 * @throws SQLException if they cannot be deleted; all are there then
	 */
	public long delete(VectorFilter filter) throws SQLException {
		List<Object> parameters = new ArrayList<>();
		String sql = "DELETE FROM " + this.source + " WHERE "
				+ VectorFilterSql.condition(filter, this.table, "", parameters);
		try (Connection connection = this.dataSource.getConnection()) {
			return Queries.run(connection, sql, parameters.toArray());
		}
	}

	/**
	 * Deletes all rows.
	 * @return how many there were
	 * @throws SQLException if they cannot be deleted; all are there then
	 */
	public long deleteAll() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return Queries.run(connection, "DELETE FROM " + this.source);
		}
	}

	/* Reading it */

	/**
	 * How many rows there are.
	 * @return the number
	 * @throws SQLException if the table cannot be read
	 */
	public long count() throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			return Queries.number(connection, "SELECT count(*) FROM " + this.source);
		}
	}

	/**
	 * Finds a document.
	 * @param id its id
	 * @return the document, empty if there is none
	 * @throws SQLException if the table cannot be read
	 */
	public Optional<VectorDocument> find(Object id) throws SQLException {
		return find(id, this::document);
	}

	/**
	 * Finds a row.
	 * @param <T> what it is read as
	 * @param id its id
	 * @param reader reads a row with all columns of the table
	 * @return the row, empty if there is none
	 * @throws SQLException if the table cannot be read
	 */
	public <T> Optional<T> find(Object id, RowReader<T> reader) throws SQLException {
		List<T> found = new ArrayList<>();
		try (Connection connection = this.dataSource.getConnection()) {
			Queries.forEach(connection,
					"SELECT * FROM " + this.source + " WHERE " + StatementText.quoted(this.table.idColumn()) + " = ?",
					(row) -> found.add(reader.read(row)), id);
		}
		return found.stream().findFirst();
	}

	/**
	 * Searches for documents.
	 * @param query what is searched for
	 * @return the matches, the best first
	 * @throws SQLException if the vector is not valid or of another number of dimensions,
	 * or the past of the query is not there
	 */
	public List<VectorMatch<VectorDocument>> search(VectorQuery query) throws SQLException {
		return search(query, this::document);
	}

	/**
	 * Searches for rows.
	 * @param <T> what they are read as
	 * @param query what is searched for
	 * @param reader reads a row with all columns of the table
	 * @return the matches, the best first
	 * @throws SQLException if the vector is not valid or of another number of dimensions,
	 * or the past of the query is not there
	 */
	public <T> List<VectorMatch<T>> search(VectorQuery query, RowReader<T> reader) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			if (query.beam() == null) {
				return search(query, reader, connection);
			}
			Session own = connection.unwrap(JdbcConnection.class).session();
			Long before = own.exchangeVectorBeam(query.beam());
			try {
				return search(query, reader, connection);
			}
			finally {
				own.exchangeVectorBeam(before);
			}
		}
	}

	private <T> List<VectorMatch<T>> search(VectorQuery query, RowReader<T> reader, Connection connection)
			throws SQLException {
		List<VectorMatch<T>> matches = new ArrayList<>();
		Statement statement = statement(query, connection);
		try (PreparedStatement prepared = Queries.prepare(connection, statement.sql.toString(),
				statement.parameters.toArray()); ResultSet row = prepared.executeQuery()) {
			List<String> labels = Queries.labels(row);
			int columns = labels.size() - SCORE_COLUMNS;
			ResultSet values = ColumnRange.of(row, 0, labels.subList(0, columns));
			while (row.next()) {
				double distance = row.getDouble(columns + 1);
				double fused = row.getDouble(columns + 2);
				double score = row.wasNull() ? this.table.metric().similarity(distance) : fused;
				matches.add(new VectorMatch<>(reader.read(values), distance, score));
			}
		}
		return matches;
	}

	/**
	 * Reads a row as a document.
	 * @param row a result set on a row, with all columns of the table
	 * @return the document
	 * @throws SQLException if a value cannot be read
	 */
	public VectorDocument document(ResultSet row) throws SQLException {
		return new VectorDocument(row.getString(this.table.idColumn()),
				(this.table.contentColumn() != null) ? row.getString(this.table.contentColumn()) : null,
				(this.table.metadataColumn() != null) ? row.getString(this.table.metadataColumn()) : null,
				row.getObject(this.table.embeddingColumn(), float[].class));
	}

	/* The statements */

	/**
	 * A statement with the values of its parameters, the first of which is the vector.
	 */
	private static final class Statement {

		private final StringBuilder sql = new StringBuilder();

		private final List<Object> parameters = new ArrayList<>();

		private Statement append(String text, Object... values) {
			this.sql.append(text);
			this.parameters.addAll(List.of(values));
			return this;
		}

	}

	private Statement statement(VectorQuery query, Connection connection) throws SQLException {
		String past = "";
		if (query.point() != null) {
			// A number needs no parameter, which would have to come before the others.
			past = " AS OF SCN " + connection.unwrap(JdbcConnection.class).session().find(query.point().point());
		}
		Statement statement = new Statement();
		statement.parameters.add(query.vector());
		if (query.textQuery() == null) {
			statement.append("SELECT d.*, " + distance() + ", NULL FROM " + this.source + past + " d");
			nearest(statement, query);
			return statement.append(" LIMIT ?", query.limit());
		}
		if (this.table.fullTextTable() == null) {
			throw SqlState.INVALID_CALL.exception("A hybrid search needs a full-text index, and the table '"
					+ this.table.name() + "' has none: see VectorTable.withFullText");
		}
		String fullText = StatementText.quoted(this.table.fullTextTable());
		statement.append("WITH near(doc, place) AS MATERIALIZED (SELECT doc, row_number() OVER () FROM (SELECT d.rowid "
				+ "AS doc, " + distance() + " FROM " + this.source + past + " d");
		nearest(statement, query);
		statement.append(
				" LIMIT ?)), matching(doc, place) AS MATERIALIZED (SELECT doc, row_number() OVER () FROM "
						+ "(SELECT f.rowid AS doc FROM " + fullText + past + " f JOIN " + this.source + past
						+ " d ON d.rowid = f.rowid WHERE f." + fullText + " MATCH ?",
				query.candidates(), query.textQuery());
		filter(statement, query);
		return statement.append(
				" ORDER BY f.rank, f.rowid LIMIT ?)), fused(doc, score) AS (SELECT doc, sum(part) FROM ("
						+ "SELECT doc, ? / (? + place) AS part FROM near UNION ALL "
						+ "SELECT doc, ? / (? + place) FROM matching) GROUP BY doc) SELECT d.*, " + distance()
						+ ", fused.score FROM fused CROSS JOIN " + this.source + past
						+ " d ON d.rowid = fused.doc ORDER BY fused.score DESC, fused.doc LIMIT ?",
				query.candidates(), query.vectorWeight(), query.rankConstant(), query.textWeight(),
				query.rankConstant(), query.limit());
	}

	/** The nearest first, of those that the query is about. */
	private void nearest(Statement statement, VectorQuery query) {
		statement.append(" WHERE " + this.embedding + " IS NOT NULL");
		filter(statement, query);
		double maxDistance = query.maxDistance(this.table.metric());
		if (maxDistance < Double.POSITIVE_INFINITY) {
			statement.append(" AND " + distance() + " <= ?", maxDistance);
		}
		statement.append(" ORDER BY " + distance());
	}

	private void filter(Statement statement, VectorQuery query) {
		if (query.filter() != null) {
			statement
				.append(" AND " + VectorFilterSql.condition(query.filter(), this.table, "d.", statement.parameters));
		}
	}

	private String distance() {
		return this.embedding + " " + this.table.metric().operator() + " ?1";
	}

	/** Does work as a whole or not at all, if no transaction is open. */
	static <T> T atomically(Connection connection, Work<T> work) throws SQLException {
		if (!connection.getAutoCommit()) {
			return work.run();
		}
		connection.setAutoCommit(false);
		try {
			T result = work.run();
			connection.commit();
			return result;
		}
		catch (SQLException | RuntimeException ex) {
			connection.rollback();
			throw ex;
		}
		finally {
			connection.setAutoCommit(true);
		}
	}

	/** Something that fails as JDBC does. */
	@FunctionalInterface
	interface Work<T> {

		T run() throws SQLException;

	}

}
