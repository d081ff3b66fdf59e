package io.heliosdb.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

import org.springframework.data.annotation.Id;

/**
 * A row of the one table.
 *
 * @param id its key, counted from 1 without gaps
 * @param name some twenty characters
 * @param amount a multiple of a quarter, so that sums are exact in any order
 * @param category one of a hundred numbers
 */
record Item(@Id long id, String name, double amount, int category) {

	static final String CREATE = """
			CREATE TABLE item (
				id INTEGER PRIMARY KEY,
				name VARCHAR(100) NOT NULL,
				amount DOUBLE PRECISION NOT NULL,
				category INTEGER NOT NULL)
			""";

	/** Two secondary indexes: a new amount changes both. */
	static final List<String> INDEXES = List.of("CREATE INDEX item_amount ON item (amount)",
			"CREATE INDEX item_category ON item (category, amount)");

	/** There are so many amounts, the multiples of the step from 0 on. */
	static final int AMOUNTS = 4001;

	static final double AMOUNT_STEP = 0.25;

	private static final int ROWS_OF_A_BATCH = 100_000;

	static final String INSERT = "INSERT INTO item (id, name, amount, category) VALUES (?, ?, ?, ?)";

	static final String UPDATE = "UPDATE item SET amount = ? WHERE id = ?";

	static final String LOOKUP = "SELECT id, name, amount, category FROM item WHERE id = ?";

	/** The item of an id: the same in every database. */
	static Item of(long id) {
		return new Item(id, "item number " + (id * 7919 % 1_000_003), (id * 31 % AMOUNTS) * AMOUNT_STEP,
				(int) (id * 17 % 100));
	}

	/** Creates the table with the items 1 to {@code rows}, then its indexes. */
	static void createTable(Connection connection, int rows, List<String> indexes) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(CREATE);
			connection.setAutoCommit(false);
			try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
				for (int id = 0; id < rows; id += ROWS_OF_A_BATCH) {
					insertBatch(insert, id, Math.min(ROWS_OF_A_BATCH, rows - id));
				}
			}
			for (String index : indexes) {
				statement.execute(index);
			}
			connection.commit();
			connection.setAutoCommit(true);
		}
	}

	/** Inserts the items that follow an id as one batch. */
	static int insertBatch(PreparedStatement insert, long lastId, int count) throws SQLException {
		for (long id = lastId + 1; id <= lastId + count; id++) {
			Item item = of(id);
			insert.setLong(1, item.id());
			insert.setString(2, item.name());
			insert.setDouble(3, item.amount());
			insert.setInt(4, item.category());
			insert.addBatch();
		}
		return insert.executeBatch().length;
	}

	static Item read(ResultSet row) throws SQLException {
		return new Item(row.getLong(1), row.getString(2), row.getDouble(3), row.getInt(4));
	}

}
