package io.heliosdb.jdbc.sql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A vector index, read from the text that defines its virtual table:
 * {@code CREATE VIRTUAL TABLE [schema .] name USING heliosdb_vector_index ( argument [, argument]… )}
 * with {@code argument ::= name = (word | number | "text")}.
 *
 * @param name the index
 * @param arguments the module's arguments by their names in lower case
 */
public record VectorIndexSql(String name, Map<String, String> arguments) {

	/**
	 * Reads a definition.
	 * @param sql the text as the schema has it
	 * @return the index, {@code null} if it is something else
	 */
	public static VectorIndexSql parse(String sql) {
		StatementTokens tokens = new StatementTokens(sql);
		int using = 0;
		while (using < tokens.size() && !tokens.isWord(using, "USING")) {
			using++;
		}
		if (!tokens.isWord(using + 1, VectorSql.INDEX_MODULE) || !tokens.isName(using - 1)) {
			return null;
		}
		Map<String, String> arguments = new HashMap<>();
		for (int i = using + 3; i + 2 < tokens.size(); i++) {
			if (tokens.isName(i) && tokens.isSymbol(i + 1, '=')) {
				arguments.put(tokens.lowerCase(i), tokens.name(i + 2));
			}
		}
		return new VectorIndexSql(tokens.name(using - 1), Map.copyOf(arguments));
	}

	/**
	 * The metric of its distances.
	 * @return such as {@code cosine}
	 */
	public String metric() {
		return this.arguments.getOrDefault("metric", "l2").toLowerCase(Locale.ROOT);
	}

}
