package io.heliosdb.jdbc.sql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A statement that orders rows by a distance, read from its text, after {@link VectorSql}
 * made the operators function calls:
 *
 * <pre>{@code
 * search    ::= SELECT … FROM table-reference [, …] [ WHERE condition ]
 *               ORDER BY distance [ASC] [NULLS LAST] [, rowid] LIMIT …
 * distance  ::= vec_distance_x ( column , query ) | vec_distance_x ( query , column )
 *             | the alias that one of these has in the SELECT
 * }</pre>
 *
 * An index can drive a search: its virtual table is joined before the tables, so that
 * rows come nearest first. It is told how many rows are wanted, and ends when so many
 * have passed all conditions and went to be sorted; whatever else the statement asks of
 * the rows holds as before. What becomes of it:
 *
 * <pre>{@code
 * SELECT … FROM index AS "heliosdb_nearest" CROSS JOIN table-reference [, …]
 *   WHERE "heliosdb_nearest".rowid = table.rowid AND "heliosdb_nearest".heliosdb_query = query
 *     AND "heliosdb_nearest".heliosdb_limit = limit and offset
 *     AND (condition) ORDER BY "heliosdb_nearest".heliosdb_order [, "heliosdb_nearest".rowid] LIMIT …
 * }</pre>
 *
 * Where the condition bounds the same distance, the bound goes to the index too. A row
 * without a vector has no distance, and comes last, in any {@code ORDER BY} of a
 * distance, with an index and without.
 */
public final class NearestSql {

	private static final String FUNCTION_PREFIX = "VEC_DISTANCE_";

	private static final Map<String, String> METRICS = Map.of("VEC_DISTANCE_L2", "l2", "VEC_DISTANCE_COSINE", "cosine",
			"VEC_DISTANCE_IP", "ip", "VEC_DISTANCE_L1", "l1");

	private static final String ALIAS = "\"heliosdb_nearest\"";

	private static final Set<String> CLAUSES = Set.of("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT",
			"UNION", "INTERSECT", "EXCEPT", "RETURNING");

	private static final Set<String> AGGREGATES = Set.of("AVG", "COUNT", "GROUP_CONCAT", "JSON_GROUP_ARRAY",
			"JSON_GROUP_OBJECT", "JSONB_GROUP_ARRAY", "JSONB_GROUP_OBJECT", "MAX", "MIN", "STRING_AGG", "SUM", "TOTAL",
			"OVER", "FILTER");

	private static final Set<String> BEHIND_TABLE = Set.of("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER",
			"NATURAL", "ON", "USING", "INDEXED", "NOT");

	private final String sql;

	private final List<Search> searches;

	private final List<Edit> orders;

	private NearestSql(String sql, List<Search> searches, List<Edit> orders) {
		this.sql = sql;
		this.searches = searches;
		this.orders = orders;
	}

	/**
	 * Whether a text may order by a distance: a scan without any tokens.
	 * @param sql the text, without operators
	 * @return {@code false} if {@link #parse} would return {@code null}
	 */
	public static boolean mayApply(String sql) {
		return StatementText.containsWord(sql, FUNCTION_PREFIX) && StatementText.containsWord(sql, "ORDER");
	}

	/**
	 * Reads a statement.
	 * @param sql the text of one statement, without operators
	 * @return the statement, {@code null} if it orders by no distance
	 */
	public static NearestSql parse(String sql) {
		return new Parser(sql).parse();
	}

	/**
	 * The searches that an index could drive.
	 * @return the searches
	 */
	public List<Search> searches() {
		return this.searches;
	}

	/**
	 * The statement as SQLite understands it.
	 * @param drivers for the searches that an index drives, which
	 * @return the text
	 */
	public String translate(Map<Search, Driver> drivers) {
		List<Edit> edits = new ArrayList<>();
		for (Search search : this.searches) {
			Driver driver = drivers.get(search);
			if (driver != null) {
				search.edit(driver, edits);
			}
		}
		List<Edit> replaced = edits.stream().filter((edit) -> edit.end() > edit.start()).toList();
		this.orders.stream()
			.filter((order) -> replaced.stream()
				.noneMatch((edit) -> order.start() > edit.start() && order.start() <= edit.end()))
			.forEach(edits::add);
		// Of two at the same place the longer one replaces what the other would change.
		edits.sort(Comparator.comparingInt(Edit::start).thenComparing(Comparator.comparingInt(Edit::end).reversed()));
		StringBuilder text = new StringBuilder();
		int at = 0;
		for (Edit edit : edits) {
			if (edit.start() >= at) {
				text.append(this.sql, at, edit.start()).append(edit.text());
				at = edit.end();
			}
		}
		return text.append(this.sql, at, this.sql.length()).toString();
	}

	/** A change of the text. */
	private record Edit(int start, int end, String text) {
	}

	/**
	 * A table in a FROM clause.
	 *
	 * @param schema its schema as it is named, {@code null} if it is not
	 * @param table its name, {@code null} for what is no table
	 * @param alias what it is called in the statement
	 * @param optional whether an outer join may leave it without a row
	 */
	public record Source(String schema, String table, String alias, boolean optional) {
	}

	/**
	 * What drives a search.
	 *
	 * @param schema the index's schema
	 * @param index the index
	 * @param source the table
	 * @param rowid a name of the table's rowid
	 * @param beam how much of the index to look at, {@code null} for its own default
	 */
	public record Driver(String schema, String index, Source source, String rowid, Long beam) {
	}

	/** A SELECT that orders by a distance and wants some rows only. */
	public static final class Search {

		private final List<Source> sources;

		private final String qualifier;

		private final String column;

		private final String metric;

		/** The vector that the column's is compared with. */
		private final String query;

		/** Where the tables begin. */
		private final int from;

		/** Where the condition begins, -1 if there is none. */
		private final int where;

		/** Where the condition ends. */
		private final int behindWhere;

		/** A bound of the distance, such as {@code <= ?2}; {@code null} without one. */
		private final String bound;

		private final int order;

		private final int behindOrder;

		/** The second term of the order, {@code null} without one. */
		private final String second;

		/** How many rows are wanted, with those that are left out; negative for all. */
		private final String wanted;

		private Search(Parser parser, List<Source> sources, Call call, int from, int where, int end, int order,
				int behindOrder, String second) {
			this.sources = sources;
			this.qualifier = call.qualifier();
			this.column = call.column();
			this.metric = call.metric();
			this.query = call.query();
			this.from = parser.start(from);
			this.where = (where >= 0) ? parser.end(where) : -1;
			this.behindWhere = parser.end(end - 1);
			this.bound = (where >= 0) ? parser.bound(where, end, call) : null;
			this.order = parser.start(order);
			this.behindOrder = parser.end(behindOrder - 1);
			this.second = second;
			this.wanted = parser.wanted(behindOrder);
		}

		/**
		 * The tables of the FROM clause.
		 * @return the tables, in their order
		 */
		public List<Source> sources() {
			return this.sources;
		}

		/**
		 * What the column is qualified with.
		 * @return the name or alias of its table, {@code null} if it stands alone
		 */
		public String qualifier() {
			return this.qualifier;
		}

		/**
		 * The column that has the vectors.
		 * @return its name
		 */
		public String column() {
			return this.column;
		}

		/**
		 * The metric of the distance.
		 * @return as an index names it
		 */
		public String metric() {
			return this.metric;
		}

		/**
		 * The second term of the order.
		 * @return a column's name, which has to be the rowid; {@code null} without one
		 */
		public String secondTerm() {
			return this.second;
		}

		private void edit(Driver driver, List<Edit> edits) {
			edits.add(new Edit(this.from, this.from, StatementText.quoted(driver.schema()) + "."
					+ StatementText.quoted(driver.index()) + " AS " + ALIAS + " CROSS JOIN "));
			StringBuilder condition = new StringBuilder(" ").append(ALIAS)
				.append(".rowid = ")
				.append(StatementText.quoted(driver.source().alias()))
				.append('.')
				.append(driver.rowid())
				.append(" AND ")
				.append(ALIAS)
				.append(".heliosdb_query = ")
				.append(this.query)
				.append(" AND ")
				.append(ALIAS)
				.append(".heliosdb_limit = ")
				.append(this.wanted);
			if (driver.beam() != null) {
				condition.append(" AND ").append(ALIAS).append(".heliosdb_beam = ").append(driver.beam());
			}
			if (this.bound != null) {
				condition.append(" AND ").append(ALIAS).append(".heliosdb_distance ").append(this.bound);
			}
			if (this.where >= 0) {
				edits.add(new Edit(this.where, this.where, condition + " AND ("));
				edits.add(new Edit(this.behindWhere, this.behindWhere, ")"));
			}
			else {
				edits.add(new Edit(this.behindWhere, this.behindWhere, " WHERE" + condition));
			}
			edits.add(new Edit(this.order, this.behindOrder,
					ALIAS + ".heliosdb_order" + ((this.second != null) ? ", " + ALIAS + ".rowid" : "")));
		}

	}

	/**
	 * A distance between a column and a vector.
	 *
	 * @param qualifier what the column is qualified with, may be {@code null}
	 * @param column the column
	 * @param metric the metric
	 * @param query the vector
	 * @param text the call, without what means nothing
	 */
	private record Call(String qualifier, String column, String metric, String query, String text) {
	}

	/** Reads one statement. */
	private static final class Parser extends StatementTokens {

		private final List<Search> searches = new ArrayList<>();

		private final List<Edit> orders = new ArrayList<>();

		private final Set<String> commonTables = new HashSet<>();

		Parser(String sql) {
			super(sql);
		}

		NearestSql parse() {
			if (isWord(0, "CREATE")) {
				return null;
			}
			for (int i = 0; i < size(); i++) {
				if (isName(i) && isWord(i + 1, "AS")
						&& (isSymbol(i + 2, '(') || isWord(i + 2, "MATERIALIZED") || isWord(i + 2, "NOT"))) {
					this.commonTables.add(lowerCase(i));
				}
				else if (isName(i) && isSymbol(i + 1, '(') && isWord(behindParenthesis(i + 1), "AS")) {
					this.commonTables.add(lowerCase(i));
				}
			}
			for (int i = 0; i < size(); i++) {
				if (isWord(i, "ORDER") && isWord(i + 1, "BY")) {
					order(i);
				}
			}
			return this.orders.isEmpty() ? null : new NearestSql(sql(), this.searches, this.orders);
		}

		private void order(int order) {
			int select = select(order);
			Map<String, Integer> aliases = (select >= 0) ? aliases(select) : Map.of();
			int term = order + 2;
			int terms = 0;
			int firstEnd = 0;
			int first = -1;
			int secondEnd = 0;
			while (true) {
				int end = behindTerm(term);
				int distance = distance(term, end, aliases);
				if (distance >= 0) {
					orders(term, end);
				}
				if (terms == 0) {
					first = distance;
					firstEnd = end;
				}
				terms++;
				if (terms == 2) {
					secondEnd = end;
				}
				if (!isSymbol(end, ',')) {
					if (first >= 0 && select >= 0 && terms <= 2 && isWord(end, "LIMIT")) {
						search(select, order, first, firstEnd, secondEnd);
					}
					return;
				}
				term = end + 1;
			}
		}

		/** The SELECT that an ORDER BY belongs to, -1 if it is not that of one SELECT. */
		private int select(int order) {
			int depth = 0;
			for (int i = order - 1; i >= 0; i--) {
				if (isSymbol(i, ')')) {
					depth++;
				}
				else if (isSymbol(i, '(') && --depth < 0) {
					return -1;
				}
				else if (depth == 0 && (isWord(i, "UNION") || isWord(i, "INTERSECT") || isWord(i, "EXCEPT"))) {
					return -1;
				}
				else if (depth == 0 && isWord(i, "SELECT")) {
					return (isWord(i - 1, "UNION") || isWord(i - 1, "ALL") || isWord(i - 1, "INTERSECT")
							|| isWord(i - 1, "EXCEPT")) ? -1 : i;
				}
			}
			return -1;
		}

		/** Where the expressions of a SELECT start that have a name. */
		private Map<String, Integer> aliases(int select) {
			Map<String, Integer> aliases = new HashMap<>();
			int first = select + 1;
			int i = first;
			while (i < size() && !(CLAUSES.contains(keyword(i)) && !isSymbol(i + 1, '('))) {
				if (isSymbol(i, '(')) {
					i = behindParenthesis(i);
					continue;
				}
				if (isSymbol(i, ')')) {
					break;
				}
				if (isSymbol(i, ',')) {
					first = i + 1;
				}
				else if (isName(i) && endsItem(i + 1) && i > first && !isSymbol(i - 1, '.')) {
					aliases.putIfAbsent(lowerCase(i), first);
				}
				i++;
			}
			return aliases;
		}

		private boolean endsItem(int token) {
			return isSymbol(token, ',') || isWord(token, "FROM");
		}

		private int behindTerm(int term) {
			int i = term;
			while (i < size() && !isSymbol(i, ',') && !isSymbol(i, ')') && !isSymbol(i, ';') && !isWord(i, "LIMIT")
					&& !isWord(i, "ROWS") && !isWord(i, "RANGE") && !isWord(i, "GROUPS") && !isWord(i, "RETURNING")) {
				i = isSymbol(i, '(') ? behindParenthesis(i) : i + 1;
			}
			return Math.min(i, size());
		}

		/** The call that a term is or names, -1 if it is none. */
		private int distance(int term, int end, Map<String, Integer> aliases) {
			int call = term;
			int behind = end;
			if (isName(term) && !isSymbol(term + 1, '(')) {
				call = aliases.getOrDefault(lowerCase(term), -1);
				behind = term + 1;
			}
			else if (isDistance(term)) {
				behind = behindParenthesis(term + 1);
			}
			if (call < 0 || !isDistance(call) || behind > end) {
				return -1;
			}
			if (call != term) {
				int behindCall = behindParenthesis(call + 1);
				if (!(endsItem(behindCall + 1) || isWord(behindCall, "AS") && endsItem(behindCall + 2))) {
					return -1;
				}
			}
			return (behind == end || behind == end - 1 && isWord(behind, "ASC") || isWord(end - 1, "LAST")
					&& isWord(end - 2, "NULLS") && (behind == end - 2 || behind == end - 3 && isWord(behind, "ASC")))
							? call : -1;
		}

		private boolean isDistance(int token) {
			return METRICS.containsKey(keyword(token)) && isSymbol(token + 1, '(');
		}

		private void orders(int term, int end) {
			boolean said = isWord(end - 1, "LAST");
			int behind = end(end - 1);
			this.orders.add(new Edit(behind, behind, said ? "" : " NULLS LAST"));
		}

		private void search(int select, int order, int distance, int firstEnd, int secondEnd) {
			Call call = call(distance);
			int from = clause(select, "FROM", order);
			if (call == null || from < 0 || isWord(select + 1, "DISTINCT") || clause(from, "GROUP", order) >= 0
					|| clause(from, "HAVING", order) >= 0 || clause(from, "WINDOW", order) >= 0
					|| aggregates(select, from)) {
				return;
			}
			int where = clause(from, "WHERE", order);
			List<Source> sources = sources(from + 1, (where >= 0) ? where : order);
			if (sources.isEmpty()) {
				return;
			}
			String second = null;
			if (secondEnd > 0) {
				int last = secondEnd - (isWord(secondEnd - 1, "ASC") ? 2 : 1);
				int name = firstEnd + 1;
				boolean qualified = isSymbol(name + 1, '.');
				if (!isName(last) || last != (qualified ? name + 2 : name)
						|| qualified && !name(name).equalsIgnoreCase(call.qualifier())) {
					return;
				}
				second = name(last);
			}
			this.searches.add(new Search(this, sources, call, from + 1, where, order, order + 2,
					(secondEnd > 0) ? secondEnd : firstEnd, second));
		}

		/** A clause of a SELECT, -1 if it has none. */
		private int clause(int first, String keyword, int end) {
			int i = first + 1;
			while (i < end) {
				if (isWord(i, keyword) && !isWord(i - 1, "DISTINCT")) {
					return i;
				}
				i = isSymbol(i, '(') ? behindParenthesis(i) : i + 1;
			}
			return -1;
		}

		private boolean aggregates(int select, int from) {
			int i = select + 1;
			while (i < from) {
				if (isSymbol(i, '(') && isWord(i + 1, "SELECT")) {
					i = behindParenthesis(i);
					continue;
				}
				if (AGGREGATES.contains(keyword(i)) && (isSymbol(i + 1, '(') || isWord(i, "OVER"))) {
					return true;
				}
				i++;
			}
			return false;
		}

		/** Null if it is not a distance between a column and something else. */
		private Call call(int function) {
			int close = behindParenthesis(function + 1) - 1;
			int comma = function + 2;
			while (comma < close && !isSymbol(comma, ',')) {
				comma = isSymbol(comma, '(') ? behindParenthesis(comma) : comma + 1;
			}
			String metric = METRICS.get(keyword(function));
			Call call = call(function + 2, comma, comma + 1, close, metric, function);
			return (call != null) ? call : call(comma + 1, close, function + 2, comma, metric, function);
		}

		private Call call(int column, int behindColumn, int query, int behindQuery, String metric, int function) {
			boolean qualified = behindColumn == column + 3 && isSymbol(column + 1, '.');
			if (!isColumnName(column) || !(qualified && isColumnName(column + 2) || behindColumn == column + 1)
					|| query >= behindQuery) {
				return null;
			}
			// A name alone could be a column of the same table.
			for (int i = query; i < behindQuery; i++) {
				boolean name = isColumnName(i) && !isSymbol(i + 1, '(');
				if (isSymbol(i, '(') && isWord(i + 1, "SELECT")) {
					i = behindParenthesis(i) - 1;
				}
				else if (name && qualified && isSymbol(i + 1, '.') && isColumnName(i + 2)
						&& !name(i).equalsIgnoreCase(name(column))) {
					i += 2;
				}
				else if (name) {
					return null;
				}
			}
			return new Call(qualified ? name(column) : null, name(behindColumn - 1), metric, source(query, behindQuery),
					text(function, behindParenthesis(function + 1)));
		}

		private boolean isColumnName(int token) {
			return isKind(token, Tokenizer.Kind.WORD) || isKind(token, Tokenizer.Kind.QUOTED_NAME);
		}

		/** Tokens with a space between each two. */
		private String text(int first, int end) {
			StringBuilder text = new StringBuilder();
			for (int i = first; i < end; i++) {
				text.append(isKind(i, Tokenizer.Kind.WORD) ? name(i).toLowerCase(Locale.ROOT) : source(i)).append(' ');
			}
			return text.toString();
		}

		/** Empty if an index cannot be joined before them. */
		private List<Source> sources(int first, int end) {
			List<Source> sources = new ArrayList<>();
			boolean table = true;
			boolean outer = false;
			int i = first;
			while (i < end) {
				if (table) {
					table = false;
					int behind = isSymbol(i, '(') ? behindParenthesis(i)
							: isSymbol(i + 1, '(') ? behindParenthesis(i + 1) : isSymbol(i + 1, '.') ? i + 3 : i + 1;
					boolean plain = isName(i) && !isSymbol(i + 1, '(') && !isSymbol(behind, '(')
							&& !isWord(behind, "INDEXED") && !isWord(behind, "NOT");
					String name = plain ? name(behind - 1) : null;
					boolean qualified = plain && behind == i + 3;
					boolean common = plain && !qualified && this.commonTables.contains(lowerCase(i));
					int alias = isWord(behind, "AS") ? behind + 1 : behind;
					boolean named = alias < end && isName(alias)
							&& (alias > behind || !BEHIND_TABLE.contains(keyword(alias)));
					sources.add(new Source(qualified ? name(i) : null, common ? null : name, named ? name(alias) : name,
							outer));
					outer = false;
					i = named ? alias + 1 : behind;
				}
				else if (isSymbol(i, '(')) {
					i = behindParenthesis(i);
				}
				else {
					if (isWord(i, "RIGHT") || isWord(i, "FULL")) {
						return List.of();
					}
					outer |= isWord(i, "LEFT");
					table = isSymbol(i, ',') || isWord(i, "JOIN");
					i++;
				}
			}
			return sources;
		}

		/** What LIMIT and OFFSET say together. */
		String wanted(int behindOrder) {
			int limit = behindOrder;
			while (!isWord(limit, "LIMIT")) {
				limit++;
			}
			int end = behindExpression(limit + 1);
			String first = source(limit + 1, end);
			if (!isSymbol(end, ',') && !isWord(end, "OFFSET")) {
				return "(" + first + ")";
			}
			String second = source(end + 1, behindExpression(end + 1));
			String count = isSymbol(end, ',') ? second : first;
			String skipped = isSymbol(end, ',') ? first : second;
			return "CASE WHEN (" + count + ") < 0 THEN -1 ELSE (" + count + ") + max(0, (" + skipped + ")) END";
		}

		private int behindExpression(int first) {
			int i = first;
			while (i < size() && !isSymbol(i, ',') && !isSymbol(i, ')') && !isSymbol(i, ';') && !isWord(i, "OFFSET")
					&& !isWord(i, "ON") && !isWord(i, "RETURNING")) {
				i = isSymbol(i, '(') ? behindParenthesis(i) : i + 1;
			}
			return Math.min(i, size());
		}

		/** A bound of a distance among conditions of which all have to hold. */
		String bound(int where, int end, Call call) {
			int i = where + 1;
			String bound = null;
			while (i < end) {
				if (isWord(i, "OR") || isWord(i, "NOT") || isWord(i, "BETWEEN") || isWord(i, "CASE")) {
					return null;
				}
				int behind = isDistance(i) ? behindParenthesis(i + 1) : 0;
				if (behind > 0 && (isWord(i - 1, "WHERE") || isWord(i - 1, "AND")) && isSymbol(behind, '<')
						&& text(i, behind).equals(call.text())) {
					int value = isSymbol(behind + 1, '=') ? behind + 2 : behind + 1;
					boolean known = isKind(value, Tokenizer.Kind.PARAMETER) || isKind(value, Tokenizer.Kind.NUMBER);
					if (known && (value + 1 == end || isWord(value + 1, "AND"))) {
						bound = source(behind, value + 1);
					}
				}
				i = isSymbol(i, '(') ? behindParenthesis(i) : i + 1;
			}
			return bound;
		}

	}

}
