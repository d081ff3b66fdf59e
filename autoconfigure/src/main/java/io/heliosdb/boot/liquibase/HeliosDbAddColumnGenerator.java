package io.heliosdb.boot.liquibase;

import liquibase.database.Database;
import liquibase.database.core.SQLiteDatabase;
import liquibase.sqlgenerator.core.AddColumnGenerator;
import liquibase.statement.core.AddColumnStatement;

/**
 * Has Liquibase add a column by {@code ALTER TABLE}. For SQLite it makes a new table and
 * copies the rows, which loses the column's default value, and fails if another table
 * refers to this one. Liquibase finds this class as a service.
 */
public final class HeliosDbAddColumnGenerator extends AddColumnGenerator {

	@Override
	public int getPriority() {
		return PRIORITY_DATABASE + 1;
	}

	@Override
	public boolean supports(AddColumnStatement statement, Database database) {
		return database instanceof SQLiteDatabase && database.getConnection() != null
				&& database.getConnection().getURL().startsWith("jdbc:heliosdb:");
	}

	@Override
	public boolean generateStatementsIsVolatile(Database database) {
		return false;
	}

}
