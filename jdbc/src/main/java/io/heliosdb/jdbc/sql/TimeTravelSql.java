package io.heliosdb.jdbc.sql;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A statement that looks at the past, read from its text. What it adds to SQLite's
 * grammar (https://www.sqlite.org/syntax/table-or-subquery.html):
 *
 * <pre>{@code
 * table-reference  ::= [schema .] table [ past ] [ [AS] alias ] …
 * past             ::= [FOR SYSTEM_TIME] AS OF point
 *                    | FOR SYSTEM_TIME AS OF operand
 *                    | VERSIONS BETWEEN bound AND ( bound | end )
 * bound            ::= point | kind end
 * point            ::= kind operand | NOW
 * kind             ::= TIMESTAMP | SCN | TRANSACTION | TAG
 * end              ::= operand | MINVALUE | MAXVALUE
 * operand          ::= unary (operator unary)*
 * operator         ::= || | + | - | * | / | %
 * unary            ::= (+ | - | ~)* (literal | parameter | (…) | name(…) | CURRENT_TIMESTAMP | …)
 *
 * pragma           ::= PRAGMA [main .] heliosdb_scn
 *                    | PRAGMA [main .] (heliosdb_tag | heliosdb_untag) (= value | (value))
 * }</pre>
 *
 * None of it is valid in SQLite, so whatever SQLite accepts is left as it is: behind the
 * name of a table in a FROM clause, SQLite takes {@code AS OF} for an alias, which no
 * further name can follow.
 * <p>
 * Immutable, so that a statement that is executed again and again is read once.
 */
public final class TimeTravelSql {

	private static final Set<String> BEHIND_TABLE = Set.of("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER",
			"NATURAL", "ON", "USING", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "INTERSECT", "EXCEPT",
			"INDEXED", "NOT", "RETURNING", "SET");

	private static final Set<String> ENDS_FROM = Set.of("WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION",
			"INTERSECT", "EXCEPT", "RETURNING", "SELECT", "VALUES", "SET", "WITH");

	private static final Set<String> CONSTANTS = Set.of("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "TRUE",
			"FALSE", "NULL");

	/** SQLITE_MAX_VARIABLE_NUMBER. */
	private static final int MOST_PARAMETERS = 32766;

	private final String rest;

	private final List<TableReference> references;

	/** The text around the references: one more than these. */
	private final List<String> pieces;

	private final int pointCount;

	private final Set<String> presentTables;

	private final int parameterCount;

	private final int[] bindings;

	private TimeTravelSql(String rest, List<TableReference> references, List<String> pieces, Set<String> presentTables,
			int parameterCount, int[] bindings) {
		this.rest = rest;
		this.references = references;
		this.pointCount = references.stream().mapToInt((reference) -> reference.points().size()).sum();
		this.pieces = pieces;
		this.presentTables = presentTables;
		this.parameterCount = parameterCount;
		this.bindings = bindings;
	}

	/**
	 * A statement that the driver itself carries out.
	 * @param answer an SQL statement without parameters that brings its result
	 * @param parameterCount number of parameters of the statement as it was written
	 * @param rest what follows it in its text, {@code null} for nothing
	 * @return the statement
	 */
	public static TimeTravelSql answeredBy(String answer, int parameterCount, String rest) {
		return new TimeTravelSql(rest, List.of(), List.of(answer), Set.of(), parameterCount, new int[0]);
	}

	/**
	 * Whether a text has a word that {@link #parse} would have to look at: a scan without
	 * any tokens, for texts that have none.
	 * @param sql the text
	 * @return {@code false} if {@link #parse} would return {@code null}
	 */
	public static boolean mayApply(String sql) {
		int last = sql.length() - 1;
		for (int i = 0; i < last; i++) {
			switch (sql.charAt(i)) {
				case 'o', 'O':
					if ((sql.charAt(i + 1) | 0x20) == 'f' && (i == 0 || !Tokenizer.isNamePart(sql.charAt(i - 1)))
							&& (i + 1 == last || !Tokenizer.isNamePart(sql.charAt(i + 2)))) {
						return true;
					}
					break;
				case 'v', 'V':
					if (sql.regionMatches(true, i, "VERSIONS", 0, 8)) {
						return true;
					}
					break;
				case 'h', 'H':
					if (sql.regionMatches(true, i, "HELIOSDB_", 0, 9)) {
						return true;
					}
					break;
				default:
			}
		}
		return false;
	}

	/**
	 * Reads the first statement of a text.
	 * @param sql the text
	 * @return the statement, {@code null} if it is as SQLite knows it
	 * @throws TimeTravelSyntaxException if it speaks of the past where it cannot
	 */
	public static TimeTravelSql parse(String sql) throws TimeTravelSyntaxException {
		return new Parser(sql).parse();
	}

	/**
	 * What follows the statement in its text.
	 * @return the text of further statements, {@code null} if there are none
	 */
	public String rest() {
		return this.rest;
	}

	/**
	 * The tables that are read as they were, in the order of the text.
	 * @return the references
	 */
	public List<TableReference> references() {
		return this.references;
	}

	/**
	 * Number of points of all tables.
	 * @return the number
	 */
	public int pointCount() {
		return this.pointCount;
	}

	/**
	 * Names without a schema that stand where a table may stand, without a point.
	 * @return the names in lower case
	 */
	public Set<String> presentTables() {
		return this.presentTables;
	}

	/**
	 * Number of parameters of the statement as it was written.
	 * @return the largest parameter's index
	 */
	public int parameterCount() {
		return this.parameterCount;
	}

	/**
	 * Which parameters the translated statement has.
	 * @return for each of its parameters, the index in the statement as it was written;
	 * not to be changed
	 */
	public int[] bindings() {
		return this.bindings;
	}

	/**
	 * The statement as SQLite understands it.
	 * @param sources what takes the place of each reference's table and points; none ends
	 * in a word without quotes
	 * @return the text
	 */
	public String translate(List<String> sources) {
		StringBuilder text = new StringBuilder(this.pieces.get(0));
		for (int i = 0; i < sources.size(); i++) {
			// Where quotes kept two tokens apart.
			if (Tokenizer.isNamePart(text.charAt(text.length() - 1))) {
				text.append(' ');
			}
			text.append(sources.get(i)).append(this.pieces.get(i + 1));
		}
		return text.toString();
	}

	/** How a point is named. */
	public enum Kind {

		/** By its number. */
		SCN,

		/** By a time: the last commit until then. */
		TIMESTAMP,

		/** By a name it was given. */
		TAG,

		/** The newest one. */
		NOW,

		/** The oldest one that can be read. */
		OLDEST

	}

	/**
	 * A point as the text has it.
	 *
	 * @param kind how it is named
	 * @param operand an SQL expression, {@code null} for a kind that needs none; its
	 * parameters are {@code ?1}, {@code ?2} …
	 * @param bindings for each of these parameters, its index in the statement as it was
	 * written
	 * @param constant the operand's value if it is a text or an integer, else
	 * {@code null}
	 */
	public record Point(Kind kind, String operand, List<Integer> bindings, Object constant) {

		/**
		 * Whether the operand is a parameter and nothing else.
		 * @return {@code true} if so
		 */
		public boolean isParameter() {
			return "?1".equals(this.operand);
		}

	}

	/**
	 * A table that is read as it was.
	 *
	 * @param table the table's name
	 * @param points one point, or two for the versions between them
	 */
	public record TableReference(String table, List<Point> points) {

		/**
		 * Whether the versions of its rows are asked for.
		 * @return {@code true} for VERSIONS BETWEEN, {@code false} for AS OF
		 */
		public boolean isVersions() {
			return this.points.size() == 2;
		}

	}

	/** What stands between two parentheses, or outside of all. */
	private static final class Level {

		/** Within a FROM clause, so that a comma is followed by a table. */
		private boolean from;

		/** A table is next. */
		private boolean table;

		private Level(boolean table) {
			this.from = table;
			this.table = table;
		}

	}

	/**
	 * A reference's place in the text.
	 *
	 * @param reference the reference
	 * @param first its first token
	 * @param end the token behind its points
	 * @param named whether an alias follows
	 */
	private record Place(TableReference reference, int first, int end, boolean named) {
	}

	/** Reads one statement. Tokens are named by their index. */
	private static final class Parser {

		private final String sql;

		private final List<Token> tokens = new ArrayList<>();

		private final String rest;

		private final List<Place> places = new ArrayList<>();

		private final Set<String> presentTables = new HashSet<>();

		private final Set<String> commonTables = new HashSet<>();

		private final Map<Integer, Integer> parameters = new HashMap<>();

		private int parameterCount;

		/** The token that is looked at. */
		private int at;

		/** The kind that was named last. */
		private Kind kind;

		private Parser(String sql) {
			this.sql = sql;
			Tokenizer tokenizer = new Tokenizer(sql);
			while (tokenizer.next() != Tokenizer.Kind.END && !(tokenizer.isSymbol(';') && !this.tokens.isEmpty())) {
				if (!tokenizer.isSymbol(';')) {
					this.tokens.add(Token.of(tokenizer));
				}
			}
			String following = sql.substring(tokenizer.end());
			this.rest = StatementText.hasStatement(following) ? following : null;
			numberParameters();
		}

		private TimeTravelSql parse() throws TimeTravelSyntaxException {
			if (isWord(0, "PRAGMA")) {
				return pragma();
			}
			int created = 1;
			while (isWord(created, "TEMP") || isWord(created, "TEMPORARY")) {
				created++;
			}
			if (isWord(0, "CREATE") && isWord(created, "TRIGGER")) {
				// Its statements end in semicolons, too, and SQLite refuses AS OF in
				// them.
				return null;
			}
			readTables();
			if (this.places.isEmpty()) {
				return null;
			}
			if (isWord(0, "CREATE") && isWord(created, "VIEW")) {
				throw error("A view cannot hold a point of the past: define it on the table alone, and look at the "
						+ "view with AS OF", this.places.get(0).first());
			}
			return statement();
		}

		private void readTables() throws TimeTravelSyntaxException {
			Deque<Level> outer = new ArrayDeque<>();
			Level level = new Level(false);
			while (this.at < this.tokens.size()) {
				if (isSymbol(this.at, '(')) {
					outer.push(level);
					boolean table = level.table;
					level.table = false;
					level = new Level(table);
				}
				else if (isSymbol(this.at, ')')) {
					level = outer.isEmpty() ? new Level(false) : outer.pop();
				}
				else if (isSymbol(this.at, ',')) {
					level.table = level.from;
				}
				else if (isName(this.at) && !isSymbol(this.at - 1, '.')) {
					name(level);
				}
				this.at++;
			}
			this.presentTables.removeAll(this.commonTables);
		}

		private void name(Level level) throws TimeTravelSyntaxException {
			String word = keyword(this.at);
			if (word.equals("FROM") && !isWord(this.at - 1, "DISTINCT")) {
				level.from = true;
				level.table = true;
				if (isWord(this.at - 1, "DELETE")) {
					checkTarget(this.at + 1);
				}
			}
			else if (word.equals("JOIN") && level.from) {
				level.table = true;
			}
			else if (ENDS_FROM.contains(word)) {
				level.from = false;
				level.table = false;
			}
			else if (level.table) {
				level.table = false;
				table();
			}
			else if (word.equals("INTO")) {
				checkTarget(this.at + 1);
			}
			else if (word.equals("UPDATE")) {
				checkTarget(isWord(this.at + 1, "OR") ? this.at + 3 : this.at + 1);
			}
			else if (isCommonTable()) {
				this.commonTables.add(lowerCase(this.at));
			}
		}

		/** What a WITH clause defines; the name of a window looks the same. */
		private boolean isCommonTable() {
			int next = this.at + 1;
			if (isSymbol(next, '(')) {
				next = behindParenthesis(next);
			}
			return isWord(next, "AS")
					&& (isSymbol(next + 1, '(') || isWord(next + 1, "MATERIALIZED") || isWord(next + 1, "NOT"));
		}

		private int behindTable(int name) {
			return (isSymbol(name + 1, '.') && isName(name + 2)) ? name + 3 : name + 1;
		}

		/** Where a point begins behind a table's name, -1 if none does. */
		private int pastAt(int next) throws TimeTravelSyntaxException {
			boolean standard = isWord(next, "FOR") && isWord(next + 1, "SYSTEM_TIME");
			int as = standard ? next + 2 : next;
			if (isWord(as, "AS") && isWord(as + 1, "OF")) {
				if (standard || isKind(as + 2) || isWord(as + 2, "NOW")) {
					return as + 2;
				}
				if (isKind(as + 2, Tokenizer.Kind.LITERAL) || isKind(as + 2, Tokenizer.Kind.NUMBER)
						|| isKind(as + 2, Tokenizer.Kind.PARAMETER)) {
					throw error("AS OF needs to know what the point is named by: TIMESTAMP, SCN, TRANSACTION or TAG",
							as + 2);
				}
			}
			else if (isWord(next, "VERSIONS") && isWord(next + 1, "BETWEEN")) {
				return next + 2;
			}
			return -1;
		}

		private void checkTarget(int name) throws TimeTravelSyntaxException {
			if (!isName(name) || ENDS_FROM.contains(keyword(name))) {
				return;
			}
			int next = behindTable(name);
			if (pastAt(next) >= 0) {
				throw error("The past cannot be written. Name the table without a point here, and read its past in a "
						+ "SELECT", name);
			}
			if (next == name + 1) {
				this.presentTables.add(lowerCase(name));
			}
		}

		private void table() throws TimeTravelSyntaxException {
			int first = this.at;
			int next = behindTable(first);
			String table = this.tokens.get(next - 1).name();
			int past = pastAt(next);
			if (past < 0) {
				if (next == first + 1 && !isSymbol(next, '(')) {
					this.presentTables.add(lowerCase(first));
				}
				this.at = next - 1;
				return;
			}
			if (next > first + 1 && !lowerCase(first).equals("main")) {
				throw error("Only tables of the schema main have a past, not those of " + this.tokens.get(first).name(),
						first);
			}
			this.at = past;
			List<Point> points;
			if (isWord(past - 1, "BETWEEN")) {
				this.kind = null;
				Point lower = point();
				if (!isWord(this.at, "AND")) {
					throw error("VERSIONS BETWEEN needs two points with AND between them", this.at);
				}
				this.at++;
				points = List.of(lower, point());
			}
			else {
				this.kind = Kind.TIMESTAMP;
				points = List.of(point());
			}
			this.places.add(new Place(new TableReference(table, points), first, this.at, isNamed(this.at)));
			this.at--;
		}

		/** Whether what follows a table is an alias. */
		private boolean isNamed(int next) {
			if (isWord(next, "AS") || isKind(next, Tokenizer.Kind.QUOTED_NAME)
					|| isKind(next, Tokenizer.Kind.LITERAL)) {
				return true;
			}
			if (isWord(next, "WINDOW")) {
				return !(isName(next + 1) && isWord(next + 2, "AS"));
			}
			return isKind(next, Tokenizer.Kind.WORD) && !BEHIND_TABLE.contains(keyword(next));
		}

		/** Reads a point, named by the last kind if it names none, and goes behind it. */
		private Point point() throws TimeTravelSyntaxException {
			if (isWord(this.at, "NOW")) {
				return without(Kind.NOW);
			}
			if (isKind(this.at)) {
				String word = keyword(this.at);
				this.kind = word.equals("TRANSACTION") ? Kind.SCN : Kind.valueOf(word);
				this.at++;
			}
			if (this.kind == null) {
				throw error("A point of the past is named by TIMESTAMP, SCN, TRANSACTION, TAG or NOW", this.at);
			}
			if (isWord(this.at, "MINVALUE")) {
				return without(Kind.OLDEST);
			}
			if (isWord(this.at, "MAXVALUE")) {
				return without(Kind.NOW);
			}
			int first = this.at;
			this.at = behindOperand(first);
			List<Integer> bindings = new ArrayList<>();
			String operand = text(first, this.at, bindings);
			Object constant = null;
			if (this.at == first + 1 && isText(first)) {
				constant = this.tokens.get(first).name();
			}
			else if (operand.matches("\\d{1,18}")) {
				constant = Long.valueOf(operand);
			}
			return new Point(this.kind, operand, List.copyOf(bindings), constant);
		}

		private Point without(Kind kind) {
			this.at++;
			return new Point(kind, null, List.of(), null);
		}

		private int behindOperand(int first) throws TimeTravelSyntaxException {
			int next = first;
			while (true) {
				while (isSymbol(next, '+') || isSymbol(next, '-') || isSymbol(next, '~')) {
					next++;
				}
				next = behindPrimary(next);
				if (isSymbol(next, '|') && isSymbol(next + 1, '|')) {
					next += 2;
				}
				else if (isSymbol(next, '+') || isSymbol(next, '-') || isSymbol(next, '*') || isSymbol(next, '/')
						|| isSymbol(next, '%')) {
					next++;
				}
				else {
					return next;
				}
			}
		}

		private int behindPrimary(int next) throws TimeTravelSyntaxException {
			if (isSymbol(next, '(')) {
				return behindClosed(next);
			}
			if (isKind(next, Tokenizer.Kind.WORD)) {
				if (isSymbol(next + 1, '(')) {
					return behindClosed(next + 1);
				}
				if (CONSTANTS.contains(keyword(next))) {
					return next + 1;
				}
			}
			else if (next < this.tokens.size() && !isKind(next, Tokenizer.Kind.SYMBOL)) {
				return next + 1;
			}
			throw error(switch (this.kind) {
				case SCN -> "A point's number is expected: a number, a parameter, or an expression in parentheses";
				case TAG -> "A tag's name is expected: a text in single quotes, or a parameter";
				default -> "A time is expected: a text in single quotes, a parameter, a function such as "
						+ "datetime('now', '-5 minutes'), or an expression in parentheses";
			}, next);
		}

		private int behindClosed(int open) throws TimeTravelSyntaxException {
			int next = behindParenthesis(open);
			if (next > this.tokens.size()) {
				throw error("This parenthesis is not closed", open);
			}
			return next;
		}

		/** More than there are tokens if it is not closed. */
		private int behindParenthesis(int open) {
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

		/**
		 * Numbers all parameters as SQLite does. What it refuses is left for it to
		 * refuse.
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

		private TimeTravelSql statement() {
			List<String> pieces = new ArrayList<>();
			List<Integer> bindings = new ArrayList<>();
			int first = 0;
			String before = "";
			for (Place place : this.places) {
				pieces.add(before + space(first) + text(first, place.first(), bindings) + space(place.first()));
				before = place.named() ? "" : " AS " + StatementText.quoted(place.reference().table());
				first = place.end();
			}
			pieces.add(before + space(first) + text(first, this.tokens.size(), bindings));
			return new TimeTravelSql(this.rest, this.places.stream().map(Place::reference).toList(),
					List.copyOf(pieces), Set.copyOf(this.presentTables), this.parameterCount,
					bindings.stream().mapToInt(Integer::intValue).toArray());
		}

		/** The space between a token and the one before. */
		private String space(int token) {
			return (token > 0 && token < this.tokens.size())
					? this.sql.substring(this.tokens.get(token - 1).end(), this.tokens.get(token).start()) : "";
		}

		/** The text of some tokens, its parameters numbered anew. */
		private String text(int first, int end, List<Integer> bindings) {
			StringBuilder text = new StringBuilder();
			for (int i = first; i < end; i++) {
				if (i > first) {
					text.append(space(i));
				}
				Integer parameter = this.parameters.get(i);
				if (parameter == null) {
					text.append(this.sql, this.tokens.get(i).start(), this.tokens.get(i).end());
					continue;
				}
				if (!bindings.contains(parameter)) {
					bindings.add(parameter);
				}
				text.append('?').append(bindings.indexOf(parameter) + 1);
			}
			return text.toString();
		}

		private TimeTravelSql pragma() throws TimeTravelSyntaxException {
			int name = behindTable(1) - 1;
			String function = isName(name) ? lowerCase(name) : "";
			boolean needsValue = function.equals("heliosdb_tag") || function.equals("heliosdb_untag");
			if (!needsValue && !function.equals("heliosdb_scn") || (name > 1 && !lowerCase(1).equals("main"))) {
				return null;
			}
			boolean inParentheses = isSymbol(name + 1, '(');
			int end = inParentheses ? name + 4 : name + 3;
			boolean hasValue = (isSymbol(name + 1, '=') || inParentheses && isSymbol(name + 3, ')'))
					&& end == this.tokens.size() && !isKind(name + 2, Tokenizer.Kind.SYMBOL);
			if (hasValue != needsValue || !hasValue && this.tokens.size() != name + 1) {
				throw error(needsValue
						? "PRAGMA " + function + " needs a tag's name, as in PRAGMA " + function + " = 'before-import'"
						: "PRAGMA heliosdb_scn tells the newest point, and cannot be set", name);
			}
			String value = "";
			List<Integer> bindings = new ArrayList<>();
			if (hasValue) {
				value = this.parameters.containsKey(name + 2) ? text(name + 2, name + 3, bindings)
						: "'" + this.tokens.get(name + 2).name().replace("'", "''") + "'";
			}
			return new TimeTravelSql(this.rest, List.of(),
					List.of("SELECT " + function + "(" + value + ") AS " + function), Set.of(), this.parameterCount,
					bindings.stream().mapToInt(Integer::intValue).toArray());
		}

		/* Tokens. Beyond the ends there is none. */

		private boolean isKind(int token, Tokenizer.Kind kind) {
			return token >= 0 && token < this.tokens.size() && this.tokens.get(token).kind() == kind;
		}

		/** A kind of point that an operand follows. */
		private boolean isKind(int token) {
			return isWord(token, "TIMESTAMP") || isWord(token, "SCN") || isWord(token, "TRANSACTION")
					|| isWord(token, "TAG");
		}

		private boolean isWord(int token, String keyword) {
			return isKind(token, Tokenizer.Kind.WORD) && this.tokens.get(token).name().equalsIgnoreCase(keyword);
		}

		private boolean isSymbol(int token, char symbol) {
			return isKind(token, Tokenizer.Kind.SYMBOL) && this.tokens.get(token).name().charAt(0) == symbol;
		}

		/** A text in single quotes, which SQLite takes for a name where it needs one. */
		private boolean isText(int token) {
			return isKind(token, Tokenizer.Kind.LITERAL) && this.sql.charAt(this.tokens.get(token).start()) == '\'';
		}

		private boolean isName(int token) {
			return isKind(token, Tokenizer.Kind.WORD) || isKind(token, Tokenizer.Kind.QUOTED_NAME) || isText(token);
		}

		/** In upper case; empty for a name that is quoted. */
		private String keyword(int token) {
			return isKind(token, Tokenizer.Kind.WORD) ? this.tokens.get(token).name().toUpperCase(Locale.ROOT) : "";
		}

		private String lowerCase(int token) {
			return this.tokens.get(token).name().toLowerCase(Locale.ROOT);
		}

		private TimeTravelSyntaxException error(String message, int token) {
			int offset = (token < this.tokens.size()) ? this.tokens.get(token).start() : this.sql.length();
			return new TimeTravelSyntaxException(message, this.sql, offset);
		}

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
