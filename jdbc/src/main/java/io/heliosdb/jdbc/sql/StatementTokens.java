package io.heliosdb.jdbc.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A statement as a list of tokens, which are named by their index. Beyond both ends there
 * is none: whatever is asked of such a token, the answer is no.
 */
class StatementTokens {

	/** SQLITE_MAX_VARIABLE_NUMBER. */
	private static final int MOST_PARAMETERS = 32766;

	private final String sql;

	private final List<Token> tokens = new ArrayList<>();

	private final String rest;

	private final Map<Integer, Integer> parameters = new HashMap<>();

	private int parameterCount;

	/**
	 * Reads the tokens of the first statement of a text.
	 * @param sql the text
	 */
	StatementTokens(String sql) {
		this(sql, false);
	}

	/**
	 * Reads the tokens of a text.
	 * @param sql the text
	 * @param all whether to go on behind the first statement; semicolons are tokens then
	 */
	StatementTokens(String sql, boolean all) {
		this.sql = sql;
		Tokenizer tokenizer = new Tokenizer(sql);
		while (tokenizer.next() != Tokenizer.Kind.END && !(tokenizer.isSymbol(';') && !this.tokens.isEmpty() && !all)) {
			if (all || !tokenizer.isSymbol(';')) {
				this.tokens.add(Token.of(tokenizer));
			}
		}
		String following = sql.substring(tokenizer.end());
		this.rest = StatementText.hasStatement(following) ? following : null;
		numberParameters();
	}

	/**
	 * Numbers all parameters as SQLite does. What it refuses is left for it to refuse.
	 */
	private void numberParameters() {
		Map<String, Integer> named = new HashMap<>();
		for (int i = 0; i < this.tokens.size(); i++) {
			if (!isKind(i, Tokenizer.Kind.PARAMETER)) {
				continue;
			}
			String text = this.tokens.get(i).name();
			int index = this.parameterCount + 1;
			if (text.matches("\\?\\d{1,9}")) {
				index = Integer.parseInt(text.substring(1));
			}
			else if (text.length() > 1) {
				index = named.computeIfAbsent(text, (name) -> this.parameterCount + 1);
			}
			if (index > 0 && index <= MOST_PARAMETERS) {
				this.parameters.put(i, index);
				this.parameterCount = Math.max(this.parameterCount, index);
			}
		}
	}

	/** The text that the tokens were read from. */
	final String sql() {
		return this.sql;
	}

	/** Number of tokens. */
	final int size() {
		return this.tokens.size();
	}

	/** What follows the statement in its text, {@code null} if no other does. */
	final String rest() {
		return this.rest;
	}

	/** The largest index of a parameter. */
	final int parameterCount() {
		return this.parameterCount;
	}

	/** The index of a parameter, {@code null} if the token is none. */
	final Integer parameter(int token) {
		return this.parameters.get(token);
	}

	/** Where a token starts in the text; the text's end for one beyond the last. */
	final int start(int token) {
		return (token < this.tokens.size()) ? this.tokens.get(token).start() : this.sql.length();
	}

	/** Where a token ends in the text. */
	final int end(int token) {
		return this.tokens.get(token).end();
	}

	/** A token as it stands in the text. */
	final String source(int token) {
		return this.sql.substring(start(token), end(token));
	}

	/** Some tokens as they stand in the text. */
	final String source(int first, int end) {
		return (first < end) ? this.sql.substring(start(first), end(end - 1)) : "";
	}

	/** A token's text, without quotes. */
	final String name(int token) {
		return this.tokens.get(token).name();
	}

	/** The space between a token and the one before. */
	final String space(int token) {
		return (token > 0 && token < this.tokens.size()) ? this.sql.substring(end(token - 1), start(token)) : "";
	}

	final boolean isKind(int token, Tokenizer.Kind kind) {
		return token >= 0 && token < this.tokens.size() && this.tokens.get(token).kind() == kind;
	}

	final boolean isWord(int token, String keyword) {
		return isKind(token, Tokenizer.Kind.WORD) && name(token).equalsIgnoreCase(keyword);
	}

	final boolean isSymbol(int token, char symbol) {
		return isKind(token, Tokenizer.Kind.SYMBOL) && name(token).charAt(0) == symbol;
	}

	/** A text in single quotes, which SQLite takes for a name where it needs one. */
	final boolean isText(int token) {
		return isKind(token, Tokenizer.Kind.LITERAL) && this.sql.charAt(start(token)) == '\'';
	}

	final boolean isName(int token) {
		return isKind(token, Tokenizer.Kind.WORD) || isKind(token, Tokenizer.Kind.QUOTED_NAME) || isText(token);
	}

	/** In upper case; empty for a name that is quoted. */
	final String keyword(int token) {
		return isKind(token, Tokenizer.Kind.WORD) ? name(token).toUpperCase(Locale.ROOT) : "";
	}

	final String lowerCase(int token) {
		return name(token).toLowerCase(Locale.ROOT);
	}

	/** More than there are tokens if it is not closed. */
	final int behindParenthesis(int open) {
		int depth = 0;
		for (int i = open; i < this.tokens.size(); i++) {
			if (isSymbol(i, '(')) {
				depth++;
			}
			else if (isSymbol(i, ')') && --depth == 0) {
				return i + 1;
			}
		}
		return this.tokens.size() + 1;
	}

	/** Whether two tokens stand together without space or comment. */
	final boolean adjoins(int token) {
		return token > 0 && token < this.tokens.size() && end(token - 1) == start(token);
	}

	/**
	 * A token.
	 *
	 * @param kind what it is
	 * @param start where it starts
	 * @param end index behind it
	 * @param name its text, without quotes
	 */
	private record Token(Tokenizer.Kind kind, int start, int end, String name) {

		private static Token of(Tokenizer tokens) {
			String name = tokens.name();
			if (name.length() > 1 && name.charAt(0) == '\'' && tokens.kind() == Tokenizer.Kind.LITERAL) {
				name = name.substring(1, name.length() - 1).replace("''", "'");
			}
			return new Token(tokens.kind(), tokens.start(), tokens.end(), name);
		}

	}

}
