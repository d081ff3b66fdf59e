package io.heliosdb.jdbc.sql;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the driver has to know of a statement before SQLite sees it.
 */
public final class StatementText {

	private static final Set<String> OUTSIDE_TRANSACTIONS = Set.of("BEGIN", "COMMIT", "END", "ROLLBACK", "PRAGMA",
			"ATTACH", "DETACH", "VACUUM", "EXPLAIN");

	private StatementText() {
	}

	/**
	 * What a statement does.
	 * @param sql the statement
	 * @return its first keyword in upper case; for {@code WITH} the keyword of the
	 * statement that follows the common table expressions; empty for an empty text
	 */
	public static String operation(String sql) {
		Tokenizer tokens = new Tokenizer(sql);
		if (tokens.next() != Tokenizer.Kind.WORD) {
			return "";
		}
		String first = tokens.text().toUpperCase(Locale.ROOT);
		if (!first.equals("WITH")) {
			return first;
		}
		int depth = 0;
		while (tokens.next() != Tokenizer.Kind.END) {
			if (tokens.isSymbol('(')) {
				depth++;
			}
			else if (tokens.isSymbol(')')) {
				depth--;
			}
			else if (depth == 0 && (tokens.isWord("SELECT") || tokens.isWord("INSERT") || tokens.isWord("UPDATE")
					|| tokens.isWord("DELETE") || tokens.isWord("REPLACE") || tokens.isWord("VALUES"))) {
				return tokens.text().toUpperCase(Locale.ROOT);
			}
		}
		return first;
	}

	/**
	 * Whether a statement is part of the transaction that JDBC begins implicitly. Those
	 * that manage transactions are not, nor those that SQLite refuses or ignores within
	 * one.
	 * @param operation from {@link #operation}
	 * @return {@code true} if a transaction has to be open
	 */
	public static boolean joinsTransaction(String operation) {
		return !OUTSIDE_TRANSACTIONS.contains(operation);
	}

	/**
	 * Whether a text goes on with another statement.
	 * @param sql the text behind a statement
	 * @return {@code true} if it has more than space, comments and semicolons
	 */
	public static boolean hasStatement(String sql) {
		Tokenizer tokens = new Tokenizer(sql);
		while (tokens.next() != Tokenizer.Kind.END) {
			if (!tokens.isSymbol(';')) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether a statement calls a function that changes the database, or its history, in
	 * the guise of a query.
	 * @param sql the statement
	 * @return {@code true} if it calls heliosdb_restore or heliosdb_erase
	 */
	public static boolean rewritesHistory(String sql) {
		if (!containsWord(sql, "HELIOSDB_RESTORE") && !containsWord(sql, "HELIOSDB_ERASE")) {
			return false;
		}
		Tokenizer tokens = new Tokenizer(sql);
		while (tokens.next() != Tokenizer.Kind.END && !tokens.isSymbol(';')) {
			if (tokens.isWord("HELIOSDB_RESTORE") || tokens.isWord("HELIOSDB_ERASE")) {
				tokens.next();
				if (tokens.isSymbol('(')) {
					return true;
				}
			}
		}
		return false;
	}

	/**
	 * Whether a text has a word anywhere, be it in a comment or as the beginning of
	 * another.
	 * @param sql the text
	 * @param word the word in upper case
	 * @return {@code true} if it has
	 */
	public static boolean containsWord(String sql, String word) {
		char lower = Character.toLowerCase(word.charAt(0));
		for (int i = sql.length() - word.length(); i >= 0; i--) {
			char c = sql.charAt(i);
			if ((c == lower || c == word.charAt(0)) && sql.regionMatches(true, i, word, 0, word.length())) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The table that a statement inserts into.
	 * @param sql the statement
	 * @return the table, {@code null} if it is no INSERT or REPLACE, or has a RETURNING
	 * of its own
	 */
	public static InsertTarget insertTarget(String sql) {
		String operation = operation(sql);
		if (!operation.equals("INSERT") && !operation.equals("REPLACE")) {
			return null;
		}
		Tokenizer tokens = new Tokenizer(sql);
		String schema = null;
		String table = null;
		int depth = 0;
		int end = 0;
		tokens.next();
		while (tokens.kind() != Tokenizer.Kind.END && !(depth == 0 && tokens.isSymbol(';'))) {
			end = tokens.end();
			if (tokens.isSymbol('(')) {
				depth++;
			}
			else if (tokens.isSymbol(')')) {
				depth--;
			}
			else if (depth == 0 && tokens.isWord("RETURNING")) {
				return null;
			}
			else if (depth == 0 && table == null && tokens.isWord("INTO")) {
				tokens.next();
				table = tokens.name();
				end = tokens.end();
				tokens.next();
				if (!tokens.isSymbol('.')) {
					continue;
				}
				tokens.next();
				schema = table;
				table = tokens.name();
				end = tokens.end();
			}
			tokens.next();
		}
		return (table != null) ? new InsertTarget(schema, table, end) : null;
	}

	/**
	 * The statement with a RETURNING clause.
	 * @param sql an INSERT without one
	 * @param target what {@link #insertTarget} said of it
	 * @param results what it returns, each as SQL
	 * @return the new text
	 */
	public static String withReturning(String sql, InsertTarget target, List<String> results) {
		return sql.substring(0, target.endsAt()) + " RETURNING " + String.join(", ", results);
	}

	/**
	 * A column in a RETURNING clause.
	 * @param name its name
	 * @return the SQL that stands for it
	 */
	public static String column(String name) {
		// In double quotes, SQLite would take a name that no column has for a text.
		return '`' + name.replace("`", "``") + '`';
	}

	/**
	 * A name as it may stand in SQL text, whatever characters it has.
	 * @param name the name
	 * @return in double quotes
	 */
	public static String quoted(String name) {
		return '"' + name.replace("\"", "\"\"") + '"';
	}

	/**
	 * Where a statement inserts.
	 *
	 * @param schema the schema as it is named, {@code null} if it is not
	 * @param table the table
	 * @param endsAt index behind the statement's last token
	 */
	public record InsertTarget(String schema, String table, int endsAt) {
	}

}
