package io.heliosdb.jdbc.sql;

/**
 * A statement that changes the schema in a way that vector indexes have to follow, read
 * from its text (https://www.sqlite.org/lang.html):
 *
 * <pre>{@code
 * DROP TABLE [IF EXISTS] [schema .] name                  its vector indexes go before
 * DROP INDEX [IF EXISTS] [schema .] name                  may be a vector index, or a unique one
 * REINDEX [[schema .] name]                               may be a vector index, or what has some
 * ALTER TABLE [schema .] name DROP [COLUMN] column        the vector indexes of the column go before
 * CREATE UNIQUE INDEX [IF NOT EXISTS] [schema .] name ON table …
 * }</pre>
 *
 * @param kind what it does
 * @param schema the schema as it is named, {@code null} if it is not
 * @param name the table or index; of CREATE UNIQUE INDEX the table; {@code null} for
 * REINDEX of everything
 * @param column the column that is dropped, {@code null} if none is
 */
public record DefinitionSql(Kind kind, String schema, String name, String column) {

	/** What a statement does. */
	public enum Kind {

		/** DROP TABLE. */
		DROP_TABLE,

		/** DROP INDEX. */
		DROP_INDEX,

		/** REINDEX of something. */
		REINDEX,

		/** ALTER TABLE … DROP COLUMN. */
		DROP_COLUMN,

		/** CREATE UNIQUE INDEX. */
		CREATE_UNIQUE_INDEX

	}

	/**
	 * Reads the first statement of a text.
	 * @param sql the text
	 * @return the statement, {@code null} if it is none of these
	 */
	public static DefinitionSql parse(String sql) {
		Tokenizer first = new Tokenizer(sql);
		while (first.next() != Tokenizer.Kind.END && first.isSymbol(';')) {
			continue;
		}
		if (!first.isWord("DROP") && !first.isWord("REINDEX") && !first.isWord("ALTER") && !first.isWord("CREATE")) {
			return null;
		}
		StatementTokens tokens = new StatementTokens(sql);
		if (tokens.isWord(0, "DROP")) {
			int name = tokens.isWord(2, "IF") ? 4 : 2;
			return tokens.isWord(1, "TABLE") ? of(Kind.DROP_TABLE, tokens, name)
					: tokens.isWord(1, "INDEX") ? of(Kind.DROP_INDEX, tokens, name) : null;
		}
		if (tokens.isWord(0, "REINDEX")) {
			return (tokens.size() == 1) ? new DefinitionSql(Kind.REINDEX, null, null, null)
					: of(Kind.REINDEX, tokens, 1);
		}
		if (tokens.isWord(0, "ALTER")) {
			return dropColumn(tokens);
		}
		return tokens.isWord(1, "UNIQUE") && tokens.isWord(2, "INDEX") ? uniqueIndex(tokens) : null;
	}

	private static DefinitionSql of(Kind kind, StatementTokens tokens, int name) {
		if (!tokens.isName(name)) {
			return null;
		}
		boolean qualified = tokens.isSymbol(name + 1, '.') && tokens.isName(name + 2);
		return new DefinitionSql(kind, qualified ? tokens.name(name) : null, tokens.name(qualified ? name + 2 : name),
				null);
	}

	private static DefinitionSql dropColumn(StatementTokens tokens) {
		DefinitionSql table = of(Kind.DROP_COLUMN, tokens, 2);
		int drop = (table != null && table.schema() != null) ? 5 : 3;
		int column = tokens.isWord(drop + 1, "COLUMN") ? drop + 2 : drop + 1;
		return (table != null && tokens.isWord(drop, "DROP") && tokens.isName(column))
				? new DefinitionSql(table.kind(), table.schema(), table.name(), tokens.name(column)) : null;
	}

	private static DefinitionSql uniqueIndex(StatementTokens tokens) {
		DefinitionSql index = of(Kind.CREATE_UNIQUE_INDEX, tokens, tokens.isWord(3, "IF") ? 6 : 3);
		int on = (tokens.isWord(3, "IF") ? 7 : 4) + ((index != null && index.schema() != null) ? 2 : 0);
		return (index != null && tokens.isWord(on, "ON") && tokens.isName(on + 1))
				? new DefinitionSql(index.kind(), index.schema(), tokens.name(on + 1), null) : null;
	}

}
