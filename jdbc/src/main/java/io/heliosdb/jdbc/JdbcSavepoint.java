package io.heliosdb.jdbc;

import java.sql.SQLException;
import java.sql.Savepoint;

import io.heliosdb.jdbc.sql.StatementText;

/** A savepoint, with a name of the user's or a number of the driver's. */
final class JdbcSavepoint implements Savepoint {

	private final int id;

	private final String name;

	JdbcSavepoint(int id, String name) {
		this.id = id;
		this.name = name;
	}

	static String sqlNameOf(Savepoint savepoint) throws SQLException {
		if (savepoint instanceof JdbcSavepoint ours) {
			return ours.sqlName();
		}
		throw SqlState.INVALID_SAVEPOINT.exception("The savepoint " + savepoint + " is not one of this driver's");
	}

	String sqlName() {
		return StatementText.quoted((this.name != null) ? this.name : "heliosdb_savepoint_" + this.id);
	}

	@Override
	public int getSavepointId() throws SQLException {
		if (this.name != null) {
			throw SqlState.INVALID_SAVEPOINT.exception("The savepoint has the name '" + this.name + "' and no id");
		}
		return this.id;
	}

	@Override
	public String getSavepointName() throws SQLException {
		if (this.name == null) {
			throw SqlState.INVALID_SAVEPOINT.exception("The savepoint has the id " + this.id + " and no name");
		}
		return this.name;
	}

}
