package io.heliosdb.jdbc.sql;

import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLSyntaxErrorException;
import java.util.Locale;
import java.util.Map;

/**
 * JDBC's escapes (JDBC 4.3, section 13.4) as SQLite's SQL. SQLite knows no braces, so
 * that a text with one is an escape or an error.
 *
 * <pre>
 * escape := '{' 'd' text '}' | '{' 't' text '}' | '{' 'ts' text '}'
 *         | '{' 'fn' function '(' … ')' '}' | '{' 'oj' … '}'
 *         | '{' 'escape' text '}' | '{' 'limit' number ['offset' number] '}'
 * </pre>
 */
public final class JdbcEscapes {

	private static final String SYNTAX_ERROR = "42000";

	/** Functions of JDBC's that have another name in SQLite. */
	private static final Map<String, String> RENAMED = Map.ofEntries(Map.entry("UCASE", "upper"),
			Map.entry("LCASE", "lower"), Map.entry("CEILING", "ceil"), Map.entry("SUBSTRING", "substr"),
			Map.entry("ASCII", "unicode"), Map.entry("CHAR_LENGTH", "length"), Map.entry("CHARACTER_LENGTH", "length"),
			Map.entry("TRUNCATE", "trunc"));

	/** Functions without arguments, whose parentheses go as well. */
	private static final Map<String, String> CONSTANTS = Map.of("NOW", "CURRENT_TIMESTAMP", "CURDATE", "CURRENT_DATE",
			"CURRENT_DATE", "CURRENT_DATE", "CURTIME", "CURRENT_TIME", "CURRENT_TIME", "CURRENT_TIME",
			"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "DATABASE", "'main'", "USER", "''");

	private final String sql;

	private final Tokenizer tokens;

	private final StringBuilder out = new StringBuilder();

	/** What of the text is in {@link #out}. */
	private int copied;

	private JdbcEscapes(String sql) {
		this.sql = sql;
		this.tokens = new Tokenizer(sql);
	}

	/**
	 * Puts what SQLite knows in the place of the escapes.
	 * @param sql the text
	 * @return the same text if it has none
	 * @throws SQLSyntaxErrorException if a brace begins or ends no escape
	 * @throws SQLFeatureNotSupportedException if it calls a stored procedure
	 */
	public static String translate(String sql) throws SQLSyntaxErrorException, SQLFeatureNotSupportedException {
		return (sql.indexOf('{') >= 0) ? new JdbcEscapes(sql).translate() : sql;
	}

	private String translate() throws SQLSyntaxErrorException, SQLFeatureNotSupportedException {
		this.tokens.next();
		while (this.tokens.kind() != Tokenizer.Kind.END) {
			if (this.tokens.isSymbol('{')) {
				escape();
			}
			else {
				this.tokens.next();
			}
		}
		return this.out.append(this.sql, this.copied, this.sql.length()).toString();
	}

	/** From the opening brace to behind the closing one; an escape may hold others. */
	private void escape() throws SQLSyntaxErrorException, SQLFeatureNotSupportedException {
		int start = this.tokens.start();
		replaceToken("");
		this.tokens.next();
		switch (this.tokens.text().toUpperCase(Locale.ROOT)) {
			case "D", "T", "TS", "OJ" -> replaceToken("");
			case "FN" -> {
				replaceToken("");
				this.tokens.next();
				function();
			}
			case "ESCAPE", "LIMIT" -> {
				// The words are SQLite's own.
			}
			case "CALL", "?" -> throw new SQLFeatureNotSupportedException(
					"A stored procedure is not supported: SQLite has no such notion");
			default -> throw invalid(start);
		}
		this.tokens.next();
		while (!this.tokens.isSymbol('}')) {
			if (this.tokens.kind() == Tokenizer.Kind.END) {
				throw invalid(start);
			}
			if (this.tokens.isSymbol('{')) {
				escape();
			}
			else {
				this.tokens.next();
			}
		}
		replaceToken("");
		this.tokens.next();
	}

	private void function() {
		String name = this.tokens.text().toUpperCase(Locale.ROOT);
		String constant = CONSTANTS.get(name);
		if (constant == null) {
			replaceToken(RENAMED.getOrDefault(name, this.tokens.text()));
			return;
		}
		replaceToken(constant);
		Tokenizer behind = new Tokenizer(this.sql.substring(this.tokens.end()));
		behind.next();
		if (behind.isSymbol('(')) {
			this.tokens.next();
			replaceToken("");
			behind.next();
			if (behind.isSymbol(')')) {
				this.tokens.next();
				replaceToken("");
			}
		}
	}

	/** Copies the text up to the current token, and puts something in its place. */
	private void replaceToken(String replacement) {
		this.out.append(this.sql, this.copied, this.tokens.start()).append(replacement);
		this.copied = this.tokens.end();
	}

	private SQLSyntaxErrorException invalid(int start) {
		return new SQLSyntaxErrorException("The brace at offset " + start
				+ " begins no escape of JDBC's: {d …}, {t …}, {ts …}, {fn …}, {oj …}, {escape …} or {limit …} (in: "
				+ this.sql + ")", SYNTAX_ERROR);
	}

}
