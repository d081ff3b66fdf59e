package io.heliosdb.jdbc.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * What vectors add to SQLite's grammar, written as SQLite understands it:
 *
 * <pre>{@code
 * distance      ::= operand (<-> | <=> | <#> | <+>) operand       from left to right
 * operand       ::= an expression of operators that bind closer than a comparison does:
 *                   unary + - ~, COLLATE, ||, ->, ->>, *, /, %, +, -, &, |, <<, >>
 *
 * create-index  ::= CREATE INDEX [IF NOT EXISTS] [schema .] name ON table
 *                   USING (vector | hnsw | ivfflat) ( column [class] ) [ WITH ( option [, option]… ) ]
 * class         ::= vector_l2_ops | vector_cosine_ops | vector_ip_ops
 * option        ::= name = (number | text | word)
 *
 * pragma        ::= PRAGMA heliosdb_vector_beam [ = number | (number) ]
 *
 * column-def    ::= column VECTOR ( number ) …                    in CREATE TABLE, ALTER TABLE ADD
 * }</pre>
 *
 * A distance becomes the call of a function, an index a virtual table, and a column of a
 * declared number of dimensions gets a constraint that any SQLite can check. The
 * operators have PostgreSQL's precedence
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE). In
 * SQLite none of them is valid, nor is {@code USING} behind the table of an index, so
 * whatever SQLite accepts is left as it is, columns of the type {@code VECTOR(n)} aside.
 */
public final class VectorSql {

	/** The module of the virtual tables that are vector indexes. */
	public static final String INDEX_MODULE = "heliosdb_vector_index";

	/** Begins the names of constraints on columns of type VECTOR(n). */
	public static final String CONSTRAINT_PREFIX = "VECTOR(";

	private static final String BEAM = "HELIOSDB_VECTOR_BEAM";

	private static final Set<String> ACCESS_METHODS = Set.of("VECTOR", "HNSW", "IVFFLAT");

	private static final Map<String, String> METRICS = Map.of("VECTOR_L2_OPS", "l2", "VECTOR_COSINE_OPS", "cosine",
			"VECTOR_IP_OPS", "ip");

	/** Words of which none is an operand, nor the name of a function. */
	private static final Set<String> KEYWORDS = Set.of("ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "CHECK", "COLLATE",
			"DEFAULT", "DISTINCT", "ELSE", "ESCAPE", "EXCEPT", "FROM", "GLOB", "HAVING", "IN", "INTERSECT", "IS",
			"ISNULL", "JOIN", "LIKE", "LIMIT", "MATCH", "NOT", "NOTNULL", "OFFSET", "ON", "OR", "REGEXP", "RETURNING",
			"SELECT", "SET", "THEN", "UNION", "USING", "VALUES", "WHEN", "WHERE");

	private VectorSql() {
	}

	/**
	 * Whether a text has anything that {@link #translate} would have to look at: a scan
	 * without any tokens, for texts that have nothing.
	 * @param sql the text
	 * @return {@code false} if {@link #translate} would return the text itself
	 */
	public static boolean mayApply(String sql) {
		int last = sql.length() - 2;
		for (int i = 0; i < last; i++) {
			switch (sql.charAt(i)) {
				case '<':
					if (sql.charAt(i + 2) == '>' && "-=#+".indexOf(sql.charAt(i + 1)) >= 0) {
						return true;
					}
					break;
				case 'u', 'U':
					if (sql.regionMatches(true, i, "USING", 0, 5) && StatementText.containsWord(sql, "CREATE")) {
						return true;
					}
					break;
				case 'v', 'V':
					if (sql.regionMatches(true, i, "VECTOR", 0, 6)) {
						return true;
					}
					break;
				default:
			}
		}
		return false;
	}

	/**
	 * Translates the distances of a whole text, and its first statement if that is one of
	 * those above.
	 * @param sql the text
	 * @return what SQLite understands; the same object if that is the text as it is
	 * @throws StatementSyntaxException if an operator has no operands, or an index cannot
	 * be as it is described
	 */
	public static String translate(String sql) throws StatementSyntaxException {
		if (!mayApply(sql)) {
			return sql;
		}
		return new Definition(new Distances(sql).translate()).translate();
	}

	/**
	 * Whether a text is {@code PRAGMA heliosdb_vector_beam [= value | (value)]}.
	 * @param sql the text
	 * @return {@code true} if it is
	 */
	public static boolean isBeam(String sql) {
		return StatementText.containsWord(sql, BEAM) && beamAt(new StatementTokens(sql)) > 0;
	}

	/**
	 * What the beam is to be.
	 * @param sql the pragma
	 * @return a text, the index of a parameter as an {@code Integer}, or {@code null} if
	 * it is only asked for
	 */
	public static Object beam(String sql) {
		StatementTokens tokens = new StatementTokens(sql);
		int value = beamAt(tokens) + 2;
		if (value >= tokens.size()) {
			return null;
		}
		Integer parameter = tokens.parameter(value);
		return (parameter != null) ? parameter : tokens.name(value);
	}

	private static int beamAt(StatementTokens tokens) {
		int name = tokens.isSymbol(2, '.') ? 3 : 1;
		return (tokens.isWord(0, "PRAGMA") && tokens.isWord(name, BEAM)) ? name : -1;
	}

	/** A change of the text. */
	private record Edit(int start, int end, String text) {
	}

	private static String edited(String sql, List<Edit> edits) {
		StringBuilder text = new StringBuilder();
		int at = 0;
		for (Edit edit : edits) {
			text.append(sql, at, edit.start()).append(edit.text());
			at = edit.end();
		}
		return edits.isEmpty() ? sql : text.append(sql, at, sql.length()).toString();
	}

	/** The operators of a text. */
	private static final class Distances extends StatementTokens {

		Distances(String sql) {
			super(sql, true);
		}

		String translate() throws StatementSyntaxException {
			List<Edit> edits = new ArrayList<>();
			for (int i = 0; i < size(); i++) {
				String function = operator(i);
				if (function != null) {
					edits.add(new Edit(start(i), end(i + 2), ","));
					// Of operators in a row, the last is the outermost call.
					int first = start(leftOperand(i));
					boolean joined = first > 0 && Tokenizer.isNamePart(sql().charAt(first - 1));
					edits.add(0, new Edit(first, first, (joined ? " " : "") + function + "("));
					int behind = end(rightOperand(i + 3) - 1);
					edits.add(new Edit(behind, behind, ")"));
					i += 2;
				}
			}
			edits.sort(Comparator.comparingInt(Edit::start));
			return edited(sql(), edits);
		}

		private String operator(int token) {
			if (!isSymbol(token, '<') || !isSymbol(token + 2, '>') || !adjoins(token + 1) || !adjoins(token + 2)) {
				return null;
			}
			return isSymbol(token + 1, '-') ? "vec_distance_l2"
					: isSymbol(token + 1, '=') ? "vec_distance_cosine" : isSymbol(token + 1, '#') ? "vec_distance_ip"
							: isSymbol(token + 1, '+') ? "vec_distance_l1" : null;
		}

		/** The first token of the operand that ends before a token. */
		private int leftOperand(int behind) throws StatementSyntaxException {
			int first = primaryBefore(behind, behind);
			while (true) {
				if (isWord(first - 1, "COLLATE")) {
					first = primaryBefore(first - 1, behind);
					continue;
				}
				int operator = operatorBefore(first);
				if (operator == first) {
					return first;
				}
				if (operator == first - 1 && isSign(operator) && !endsOperand(operator - 1)) {
					first = operator;
				}
				else {
					first = primaryBefore(operator, behind);
				}
			}
		}

		private boolean isSign(int token) {
			return isSymbol(token, '+') || isSymbol(token, '-') || isSymbol(token, '~');
		}

		/** Where an operator that ends before a token starts; the token if none does. */
		private int operatorBefore(int token) {
			int last = token - 1;
			if (isSymbol(last, '>')) {
				int length = (isSymbol(last - 1, '>') && adjoins(last))
						? ((isSymbol(last - 2, '-') && adjoins(last - 1)) ? 3 : 2)
						: (adjoins(last) && operator(last - 2) != null) ? 3
								: (isSymbol(last - 1, '-') && adjoins(last)) ? 2 : 0;
				return token - length;
			}
			if (isSymbol(last, '|') || isSymbol(last, '<')) {
				boolean twice = adjoins(last) && isSymbol(last - 1, name(last).charAt(0));
				return token - (twice ? 2 : isSymbol(last, '|') ? 1 : 0);
			}
			return (isSign(last) || isSymbol(last, '*') || isSymbol(last, '/') || isSymbol(last, '%')
					|| isSymbol(last, '&')) ? last : token;
		}

		private boolean endsOperand(int token) {
			return isSymbol(token, ')') || isOperandWord(token) || (token >= 0 && token < size()
					&& !isKind(token, Tokenizer.Kind.SYMBOL) && !isKind(token, Tokenizer.Kind.WORD));
		}

		private boolean isOperandWord(int token) {
			return isKind(token, Tokenizer.Kind.WORD) && !KEYWORDS.contains(keyword(token));
		}

		private int primaryBefore(int behind, int operator) throws StatementSyntaxException {
			int last = behind - 1;
			if (!endsOperand(last)) {
				throw missing(operator, "before");
			}
			if (isSymbol(last, ')')) {
				int open = opening(last);
				if (isWord(open - 1, "OVER") || isWord(open - 1, "FILTER")) {
					return primaryBefore(open - 1, operator);
				}
				return (isOperandWord(open - 1) || isKind(open - 1, Tokenizer.Kind.QUOTED_NAME)) ? open - 1 : open;
			}
			if (isWord(last, "END")) {
				int depth = 1;
				int first = last;
				while (depth > 0 && first > 0) {
					first--;
					depth += isWord(first, "END") ? 1 : isWord(first, "CASE") ? -1 : 0;
				}
				return first;
			}
			int first = last;
			while (isSymbol(first - 1, '.') && isName(first - 2)) {
				first -= 2;
			}
			return (isWord(first - 1, "OVER") && isSymbol(first - 2, ')')) ? primaryBefore(first - 1, operator) : first;
		}

		private int opening(int close) throws StatementSyntaxException {
			int depth = 1;
			for (int i = close - 1; i >= 0; i--) {
				depth += isSymbol(i, ')') ? 1 : isSymbol(i, '(') ? -1 : 0;
				if (depth == 0) {
					return i;
				}
			}
			throw error("This parenthesis was not opened", close);
		}

		/** The token behind the operand that starts at a token. */
		private int rightOperand(int first) throws StatementSyntaxException {
			int next = first;
			while (true) {
				while (isSign(next)) {
					next++;
				}
				next = behindPrimary(next, first - 3);
				while (isWord(next, "COLLATE")) {
					next += 2;
				}
				int behind = behindOperator(next);
				if (behind == next) {
					return next;
				}
				next = behind;
			}
		}

		private int behindOperator(int token) {
			if (isSymbol(token, '-') && isSymbol(token + 1, '>') && adjoins(token + 1)) {
				return token + ((isSymbol(token + 2, '>') && adjoins(token + 2)) ? 3 : 2);
			}
			if (isSymbol(token, '|')) {
				return token + ((isSymbol(token + 1, '|') && adjoins(token + 1)) ? 2 : 1);
			}
			if (isSymbol(token, '<') || isSymbol(token, '>')) {
				return token + ((isSymbol(token + 1, name(token).charAt(0)) && adjoins(token + 1)) ? 2 : 0);
			}
			return (isSymbol(token, '+') || isSymbol(token, '-') || isSymbol(token, '*') || isSymbol(token, '/')
					|| isSymbol(token, '%') || isSymbol(token, '&')) ? token + 1 : token;
		}

		private int behindPrimary(int token, int operator) throws StatementSyntaxException {
			if (isSymbol(token, '(')) {
				return behindClosed(token);
			}
			if (isWord(token, "CASE")) {
				int depth = 1;
				int next = token + 1;
				while (depth > 0 && next < size()) {
					depth += isWord(next, "CASE") ? 1 : isWord(next, "END") ? -1 : 0;
					next++;
				}
				return next;
			}
			if (!endsOperand(token) || isSymbol(token, ')')) {
				throw missing(operator, "behind");
			}
			int next = token + 1;
			while (isSymbol(next, '.') && isName(next + 1)) {
				next += 2;
			}
			if (isSymbol(next, '(') && isName(token)) {
				next = behindClosed(next);
				if (isWord(next, "FILTER") && isSymbol(next + 1, '(')) {
					next = behindClosed(next + 1);
				}
				if (isWord(next, "OVER")) {
					next = isSymbol(next + 1, '(') ? behindClosed(next + 1) : next + 2;
				}
			}
			return next;
		}

		private int behindClosed(int open) throws StatementSyntaxException {
			int next = behindParenthesis(open);
			if (next > size()) {
				throw error("This parenthesis is not closed", open);
			}
			return next;
		}

		private StatementSyntaxException missing(int operator, String where) {
			return error("The operator " + source(operator, operator + 3) + " needs a vector " + where + " it",
					operator);
		}

		private StatementSyntaxException error(String message, int token) {
			return new StatementSyntaxException(message, sql(), start(token));
		}

	}

	/** A statement that defines something. */
	private static final class Definition extends StatementTokens {

		Definition(String sql) {
			super(sql);
		}

		String translate() throws StatementSyntaxException {
			if (isWord(0, "CREATE")) {
				boolean unique = isWord(1, "UNIQUE");
				if (isWord(unique ? 2 : 1, "INDEX")) {
					return index(unique ? 3 : 2, unique);
				}
				int table = (isWord(1, "TEMP") || isWord(1, "TEMPORARY")) ? 2 : 1;
				if (isWord(table, "TABLE")) {
					return table(table + 1);
				}
			}
			else if (isWord(0, "ALTER") && isWord(1, "TABLE")) {
				int next = behindName(2);
				if (isWord(next, "ADD")) {
					List<Edit> edits = new ArrayList<>();
					column(isWord(next + 1, "COLUMN") ? next + 2 : next + 1, edits);
					return edited(sql(), edits);
				}
			}
			return sql();
		}

		private int behindName(int token) {
			return (isSymbol(token + 1, '.')) ? token + 3 : token + 1;
		}

		private int behindIfNotExists(int token) {
			return (isWord(token, "IF") && isWord(token + 1, "NOT") && isWord(token + 2, "EXISTS")) ? token + 3 : token;
		}

		private String table(int token) {
			int next = behindName(behindIfNotExists(token));
			List<Edit> edits = new ArrayList<>();
			if (isSymbol(next, '(')) {
				int end = behindParenthesis(next) - 1;
				int depth = 0;
				for (int i = next; i < end; i++) {
					if (depth == 1 && (isSymbol(i - 1, '(') || isSymbol(i - 1, ','))) {
						column(i, edits);
					}
					depth += isSymbol(i, '(') ? 1 : isSymbol(i, ')') ? -1 : 0;
				}
			}
			return edited(sql(), edits);
		}

		/** A constraint behind the type of a column that is a VECTOR(n). */
		private void column(int name, List<Edit> edits) {
			if (!isName(name) || !isWord(name + 1, "VECTOR") || !isSymbol(name + 2, '(')
					|| !isKind(name + 3, Tokenizer.Kind.NUMBER) || !isSymbol(name + 4, ')')
					|| !name(name + 3).matches("[1-9]\\d{0,5}")) {
				return;
			}
			int dimensions = Integer.parseInt(name(name + 3));
			String column = StatementText.quoted(name(name));
			int behind = end(name + 4);
			edits.add(new Edit(behind, behind,
					" CONSTRAINT " + StatementText.quoted(CONSTRAINT_PREFIX + dimensions + ") " + name(name))
							+ " CHECK (CASE typeof(" + column + ") WHEN 'null' THEN 1 WHEN 'blob' THEN length(" + column
							+ ") = " + (long) dimensions * Float.BYTES + " WHEN 'text' THEN CASE WHEN json_valid("
							+ column + ") THEN json_array_length(" + column + ") = " + dimensions
							+ " ELSE 0 END ELSE 0 END)"));
		}

		private String index(int token, boolean unique) throws StatementSyntaxException {
			int name = behindIfNotExists(token);
			int on = behindName(name);
			int using = on + 2;
			if (!isWord(on, "ON") || !isName(on + 1) || !isWord(using, "USING")) {
				return sql();
			}
			if (!ACCESS_METHODS.contains(keyword(using + 1))) {
				throw error("An index is USING vector; hnsw and ivfflat are other names for it. An ordinary index "
						+ "has no USING", using + 1);
			}
			if (unique) {
				throw error("A vector index cannot be UNIQUE: distances tell what is near, not what is the same", 1);
			}
			int column = using + 3;
			if (!isSymbol(using + 2, '(') || !isName(column)) {
				throw error("A vector index needs its column in parentheses, as in USING vector (embedding "
						+ "vector_cosine_ops)", using + 2);
			}
			String metric = "l2";
			int next = column + 1;
			if (isKind(next, Tokenizer.Kind.WORD)) {
				metric = METRICS.get(keyword(next));
				if (metric == null) {
					throw error("There is no operator class " + name(next)
							+ ". There are vector_l2_ops, vector_cosine_ops and vector_ip_ops", next);
				}
				next++;
			}
			if (!isSymbol(next, ')')) {
				throw error("A vector index has one column, and behind it no more than an operator class", next);
			}
			StringJoiner arguments = new StringJoiner(", ", "(", ")");
			arguments.add("table=" + StatementText.quoted(name(on + 1)));
			arguments.add("column=" + StatementText.quoted(name(column)));
			arguments.add("metric=" + metric);
			next = options(next + 1, arguments);
			if (next < size()) {
				throw error(isWord(next, "WHERE") ? "A vector index cannot be partial: it has all rows of its table"
						: "This does not belong to a vector index", next);
			}
			return "CREATE VIRTUAL TABLE " + source(token, on) + " USING " + INDEX_MODULE + arguments
					+ sql().substring(end(size() - 1));
		}

		private int options(int with, StringJoiner arguments) throws StatementSyntaxException {
			if (!isWord(with, "WITH")) {
				return with;
			}
			int next = with + 1;
			do {
				int name = next + 1;
				int value = name + 2;
				if (!isSymbol(next, (next == with + 1) ? '(' : ',') || !isName(name) || !isSymbol(name + 1, '=')
						|| value >= size() || isKind(value, Tokenizer.Kind.SYMBOL)) {
					throw error("WITH needs options in parentheses, as in WITH (beam = 64)", next);
				}
				arguments.add(lowerCase(name) + "=" + (isKind(value, Tokenizer.Kind.NUMBER) ? name(value)
						: StatementText.quoted(name(value).toLowerCase(Locale.ROOT))));
				next = value + 1;
			}
			while (!isSymbol(next, ')') && next < size());
			if (next >= size()) {
				throw error("This parenthesis is not closed", with + 1);
			}
			return next + 1;
		}

		private StatementSyntaxException error(String message, int token) {
			return new StatementSyntaxException(message, sql(), start(token));
		}

	}

}
