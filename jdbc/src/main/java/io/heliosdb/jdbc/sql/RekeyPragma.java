package io.heliosdb.jdbc.sql;

import java.util.HexFormat;

/**
 * {@code PRAGMA heliosdb_rekey}, read from its text:
 * {@code PRAGMA [main .] heliosdb_rekey (= value | (value))}, where the value is a text,
 * a blob or a parameter.
 *
 * @param literal a {@code String} or {@code byte[]}, {@code null} for a parameter
 * @param parameterCount 1 for a parameter, else 0
 * @param rest further statements of the text, {@code null} if there are none
 */
public record RekeyPragma(Object literal, int parameterCount, String rest) {

	/** The statement without its value, as it may be shown. */
	public static final String SHOWN = "PRAGMA heliosdb_rekey";

	private static final String NAME = "heliosdb_rekey";

	/**
	 * Reads the first statement of a text.
	 * @param sql the text
	 * @return the pragma, {@code null} if the statement is another one
	 * @throws StatementSyntaxException if its value is missing or more than one; the
	 * message does not quote it
	 */
	public static RekeyPragma parse(String sql) throws StatementSyntaxException {
		Tokenizer tokens = new Tokenizer(sql);
		while (tokens.next() != Tokenizer.Kind.END && tokens.isSymbol(';')) {
			continue;
		}
		if (!tokens.isWord("PRAGMA")) {
			return null;
		}
		tokens.next();
		if (tokens.name().equalsIgnoreCase("main")) {
			tokens.next();
			tokens.next();
		}
		if (tokens.kind() == Tokenizer.Kind.END || !tokens.name().equalsIgnoreCase(NAME)) {
			return null;
		}
		tokens.next();
		boolean inParentheses = tokens.isSymbol('(');
		if (!inParentheses && !tokens.isSymbol('=')) {
			throw malformed();
		}
		boolean isParameter = tokens.next() == Tokenizer.Kind.PARAMETER;
		Object literal = isParameter ? null : literal(tokens);
		if (inParentheses) {
			tokens.next();
			if (!tokens.isSymbol(')')) {
				throw malformed();
			}
		}
		if (tokens.next() != Tokenizer.Kind.END && !tokens.isSymbol(';')) {
			throw malformed();
		}
		String rest = sql.substring(Math.min(tokens.end(), sql.length()));
		return new RekeyPragma(literal, isParameter ? 1 : 0, StatementText.hasStatement(rest) ? rest : null);
	}

	private static Object literal(Tokenizer tokens) throws StatementSyntaxException {
		String text = tokens.text();
		int quote = text.indexOf('\'');
		if (tokens.kind() != Tokenizer.Kind.LITERAL || quote < 0 || text.length() < quote + 2) {
			throw malformed();
		}
		String inside = text.substring(quote + 1, text.length() - 1);
		if (quote == 0) {
			return inside.replace("''", "'");
		}
		try {
			return HexFormat.of().parseHex(inside);
		}
		catch (IllegalArgumentException ex) {
			throw malformed();
		}
	}

	private static StatementSyntaxException malformed() {
		return new StatementSyntaxException(SHOWN + " needs one value: ?, a text in single quotes or a blob", SHOWN,
				SHOWN.length());
	}

	/** Does not show the value. */
	@Override
	public String toString() {
		return SHOWN;
	}

}
