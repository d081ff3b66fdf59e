package io.heliosdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests on two connections to a file, which get into each other's way. */
abstract class OnTwoConnections extends OnFile {

	private final String parametersOfOther;

	protected Connection other;

	OnTwoConnections(String parameters, String parametersOfOther) {
		super(parameters);
		this.parametersOfOther = parametersOfOther;
	}

	@BeforeEach
	final void openOther() throws SQLException {
		this.other = Sql.open(this.directory, this.parametersOfOther);
	}

	@AfterEach
	final void closeOther() throws SQLException {
		this.other.close();
	}

}
