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
	 * @throws StatementSyntaxException if it speaks of the past where it cannot
	 */
	public static TimeTravelSql parse(String sql) throws StatementSyntaxException {
		return new Parser(sql).parse();
	}

	/**
	 * Reads the first statement of a text that may be as SQLite knows it.
	 * @param sql the text
	 * @return the statement, without any references if it does not look at the past
	 * @throws StatementSyntaxException if it speaks of the past where it cannot
	 */
	public static TimeTravelSql parseAny(String sql) throws StatementSyntaxException {
		TimeTravelSql statement = mayApply(sql) ? parse(sql) : null;
		return (statement != null) ? statement : new Parser(sql).statement();
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

	/** Reads one statement. */
	private static final class Parser extends StatementTokens {

		private final List<Place> places = new ArrayList<>();

		private final Set<String> presentTables = new HashSet<>();

		private final Set<String> commonTables = new HashSet<>();

		/** The token that is looked at. */
		private int at;

		/** The kind that was named last. */
		private Kind kind;

		private Parser(String sql) {
			super(sql);
		}

		private TimeTravelSql parse() throws StatementSyntaxException {
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

		private void readTables() throws StatementSyntaxException {
			Deque<Level> outer = new ArrayDeque<>();
			Level level = new Level(false);
			while (this.at < size()) {
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

		private void name(Level level) throws StatementSyntaxException {
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
		private int pastAt(int next) throws StatementSyntaxException {
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

		private void checkTarget(int name) throws StatementSyntaxException {
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

		private void table() throws StatementSyntaxException {
			int first = this.at;
			int next = behindTable(first);
			String table = name(next - 1);
			int past = pastAt(next);
			if (past < 0) {
				if (next == first + 1 && !isSymbol(next, '(')) {
					this.presentTables.add(lowerCase(first));
				}
				this.at = next - 1;
				return;
			}
			if (next > first + 1 && !lowerCase(first).equals("main")) {
				throw error("Only tables of the schema main have a past, not those of " + name(first), first);
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
		private Point point() throws StatementSyntaxException {
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
				constant = name(first);
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

		private int behindOperand(int first) throws StatementSyntaxException {
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

		private int behindPrimary(int next) throws StatementSyntaxException {
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
			else if (next < size() && !isKind(next, Tokenizer.Kind.SYMBOL)) {
				return next + 1;
			}
			throw error(switch (this.kind) {
				case SCN -> "A point's number is expected: a number, a parameter, or an expression in parentheses";
				case TAG -> "A tag's name is expected: a text in single quotes, or a parameter";
				default -> "A time is expected: a text in single quotes, a parameter, a function such as "
						+ "datetime('now', '-5 minutes'), or an expression in parentheses";
			}, next);
		}

		private int behindClosed(int open) throws StatementSyntaxException {
			int next = behindParenthesis(open);
			if (next > size()) {
				throw error("This parenthesis is not closed", open);
			}
			return next;
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
			pieces.add(before + space(first) + text(first, size(), bindings));
			return new TimeTravelSql(rest(), this.places.stream().map(Place::reference).toList(), List.copyOf(pieces),
					Set.copyOf(this.presentTables), parameterCount(),
					bindings.stream().mapToInt(Integer::intValue).toArray());
		}

		/** The text of some tokens, its parameters numbered anew. */
		private String text(int first, int end, List<Integer> bindings) {
			StringBuilder text = new StringBuilder();
			for (int i = first; i < end; i++) {
				if (i > first) {
					text.append(space(i));
				}
				Integer parameter = parameter(i);
				if (parameter == null) {
					text.append(source(i));
					continue;
				}
				if (!bindings.contains(parameter)) {
					bindings.add(parameter);
				}
				text.append('?').append(bindings.indexOf(parameter) + 1);
			}
			return text.toString();
		}

		private TimeTravelSql pragma() throws StatementSyntaxException {
			int name = behindTable(1) - 1;
			String function = isName(name) ? lowerCase(name) : "";
			boolean needsValue = function.equals("heliosdb_tag") || function.equals("heliosdb_untag");
			if (!needsValue && !function.equals("heliosdb_scn") || (name > 1 && !lowerCase(1).equals("main"))) {
				return null;
			}
			boolean inParentheses = isSymbol(name + 1, '(');
			int end = inParentheses ? name + 4 : name + 3;
			boolean hasValue = (isSymbol(name + 1, '=') || inParentheses && isSymbol(name + 3, ')')) && end == size()
					&& !isKind(name + 2, Tokenizer.Kind.SYMBOL);
			if (hasValue != needsValue || !hasValue && size() != name + 1) {
				throw error(needsValue
						? "PRAGMA " + function + " needs a tag's name, as in PRAGMA " + function + " = 'before-import'"
						: "PRAGMA heliosdb_scn tells the newest point, and cannot be set", name);
			}
			String value = "";
			List<Integer> bindings = new ArrayList<>();
			if (hasValue) {
				value = parameter(name + 2) != null ? text(name + 2, name + 3, bindings)
						: "'" + name(name + 2).replace("'", "''") + "'";
			}
			return new TimeTravelSql(rest(), List.of(),
					List.of("SELECT " + function + "(" + value + ") AS " + function), Set.of(), parameterCount(),
					bindings.stream().mapToInt(Integer::intValue).toArray());
		}

		/** A kind of point that an operand follows. */
		private boolean isKind(int token) {
			return isWord(token, "TIMESTAMP") || isWord(token, "SCN") || isWord(token, "TRANSACTION")
					|| isWord(token, "TAG");
		}

		private StatementSyntaxException error(String message, int token) {
			return new StatementSyntaxException(message, sql(), start(token));
		}

	}

}
