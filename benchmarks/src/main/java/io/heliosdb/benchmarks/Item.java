package io.heliosdb.benchmarks;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A row of the one table.
 *
 * @param id its key, counted from 1 without gaps
 * @param name some twenty characters
 * @param amount a multiple of a quarter, so that sums are exact in any order
 * @param category one of a hundred numbers
 */
record Item(long id, String name, double amount, int category) {

	static final String CREATE = """
			CREATE TABLE item (
				id INTEGER PRIMARY KEY,
				name VARCHAR(100) NOT NULL,
				amount DOUBLE PRECISION NOT NULL,
				category INTEGER NOT NULL)
			""";

	static final String INSERT = "INSERT INTO item (id, name, amount, category) VALUES (?, ?, ?, ?)";

	static final String UPDATE = "UPDATE item SET amount = ? WHERE id = ?";

	static final String LOOKUP = "SELECT id, name, amount, category FROM item WHERE id = ?";

	/** The item of an id: the same in every database. */
	static Item of(long id) {
		return new Item(id, "item number " + (id * 7919 % 1_000_003), (id * 31 % 4001) * 0.25, (int) (id * 17 % 100));
	}

	static Item read(ResultSet row) throws SQLException {
		return new Item(row.getLong(1), row.getString(2), row.getDouble(3), row.getInt(4));
	}

}
