package io.heliosdb.jdbc.sql;

/**
 * Splits SQL text into tokens by SQLite's rules
 * (https://www.sqlite.org/lang_expr.html#literal_values_constants_,
 * https://www.sqlite.org/lang_comment.html, https://www.sqlite.org/lang_keywords.html).
 * Space and comments are passed over. It accepts any text; what SQLite would refuse comes
 * out as some token.
 */
public final class Tokenizer {

	/** What a token is. */
	public enum Kind {

		/** A keyword or a plain name. */
		WORD,

		/** A name in double quotes, backquotes or brackets. */
		QUOTED_NAME,

		/** A text in single quotes, or a blob literal. */
		LITERAL,

		/** A number. */
		NUMBER,

		/** {@code ?}, {@code ?1}, {@code :name}, {@code @name} or {@code $name}. */
		PARAMETER,

		/** A single character of anything else, such as {@code (}. */
		SYMBOL,

		/** The text's end. */
		END

	}

	private final String sql;

	private int start;

	private int end;

	private Kind kind;

	/**
	 * Stands before the first token.
	 * @param sql the text
	 */
	public Tokenizer(String sql) {
		this.sql = sql;
	}

	/**
	 * Goes to the next token.
	 * @return what it is; {@link Kind#END} again and again at the end
	 */
	public Kind next() {
		this.start = skipSpace(this.end);
		this.kind = scan(this.start);
		return this.kind;
	}

	/**
	 * What the current token is.
	 * @return its kind
	 */
	public Kind kind() {
		return this.kind;
	}

	/**
	 * Where the current token starts.
	 * @return index of its first character
	 */
	public int start() {
		return this.start;
	}

	/**
	 * Where the current token ends.
	 * @return index behind its last character
	 */
	public int end() {
		return this.end;
	}

	/**
	 * The current token's text.
	 * @return as it stands in the SQL text
	 */
	public String text() {
		return this.sql.substring(this.start, this.end);
	}

	/**
	 * The name that the current token, a word or quoted name, means.
	 * @return without its quotes
	 */
	public String name() {
		if (this.kind != Kind.QUOTED_NAME) {
			return text();
		}
		char quote = this.sql.charAt(this.start);
		String inner = this.sql.substring(this.start + 1, Math.max(this.start + 1, this.end - 1));
		return (quote == '[') ? inner : inner.replace("" + quote + quote, "" + quote);
	}

	/**
	 * Whether the current token is a keyword.
	 * @param keyword in upper case
	 * @return {@code true} if it is that word, in any case, without quotes
	 */
	public boolean isWord(String keyword) {
		return this.kind == Kind.WORD && this.end - this.start == keyword.length()
				&& this.sql.regionMatches(true, this.start, keyword, 0, keyword.length());
	}

	/**
	 * Whether the current token is a certain symbol.
	 * @param symbol the character
	 * @return {@code true} if it is
	 */
	public boolean isSymbol(char symbol) {
		return this.kind == Kind.SYMBOL && this.sql.charAt(this.start) == symbol;
	}

	private int skipSpace(int from) {
		int at = from;
		while (at < this.sql.length()) {
			char c = this.sql.charAt(at);
			if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\ufeff') {
				at++;
			}
			else if (this.sql.startsWith("--", at)) {
				int newline = this.sql.indexOf('\n', at);
				at = (newline >= 0) ? newline + 1 : this.sql.length();
			}
			else if (this.sql.startsWith("/*", at)) {
				int close = this.sql.indexOf("*/", at + 2);
				at = (close >= 0) ? close + 2 : this.sql.length();
			}
			else {
				break;
			}
		}
		return at;
	}

	private Kind scan(int from) {
		if (from >= this.sql.length()) {
			this.end = from;
			return Kind.END;
		}
		char c = this.sql.charAt(from);
		switch (c) {
			case '\'':
				this.end = behindQuoted(from, c);
				return Kind.LITERAL;
			case '"', '`':
				this.end = behindQuoted(from, c);
				return Kind.QUOTED_NAME;
			case '[':
				int close = this.sql.indexOf(']', from);
				this.end = (close >= 0) ? close + 1 : this.sql.length();
				return Kind.QUOTED_NAME;
			case '?', ':', '@', '$', '#':
				this.end = behindName(from + 1);
				return (c == '?' || this.end > from + 1) ? Kind.PARAMETER : Kind.SYMBOL;
			default:
		}
		if ((c == 'x' || c == 'X') && from + 1 < this.sql.length() && this.sql.charAt(from + 1) == '\'') {
			this.end = behindQuoted(from + 1, '\'');
			return Kind.LITERAL;
		}
		if (isDigit(c) || (c == '.' && from + 1 < this.sql.length() && isDigit(this.sql.charAt(from + 1)))) {
			this.end = behindNumber(from);
			return Kind.NUMBER;
		}
		if (isNamePart(c)) {
			this.end = behindName(from);
			return Kind.WORD;
		}
		this.end = from + 1;
		return Kind.SYMBOL;
	}

	/** A quote in the text is written twice. */
	private int behindQuoted(int from, char quote) {
		int at = from + 1;
		while (at < this.sql.length()) {
			if (this.sql.charAt(at) == quote) {
				if (at + 1 >= this.sql.length() || this.sql.charAt(at + 1) != quote) {
					return at + 1;
				}
				at++;
			}
			at++;
		}
		return at;
	}

	private int behindName(int from) {
		int at = from;
		while (at < this.sql.length() && isNamePart(this.sql.charAt(at))) {
			at++;
		}
		return at;
	}

	private int behindNumber(int from) {
		int at = from;
		while (at < this.sql.length() && (isNamePart(this.sql.charAt(at)) || this.sql.charAt(at) == '.'
				|| (isSign(this.sql.charAt(at)) && isExponent(this.sql.charAt(at - 1)) && !isHex(from)))) {
			at++;
		}
		return at;
	}

	private boolean isHex(int from) {
		return this.sql.startsWith("0x", from) || this.sql.startsWith("0X", from);
	}

	private static boolean isSign(char c) {
		return c == '+' || c == '-';
	}

	private static boolean isExponent(char c) {
		return c == 'e' || c == 'E';
	}

	private static boolean isDigit(char c) {
		return c >= '0' && c <= '9';
	}

	/** Whether a character may be part of a name without quotes. */
	static boolean isNamePart(char c) {
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_' || c == '$' || c >= 0x80;
	}

}
