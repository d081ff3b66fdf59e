package io.heliosdb.jdbc.sql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What SQLite keeps of a table's constraints only in its CREATE TABLE statement: their
 * names, and whether a foreign key is checked at the commit.
 *
 * @param primaryKey name of the primary key, {@code null} if it has none
 * @param foreignKeys the foreign keys as {@code PRAGMA foreign_key_list} numbers them:
 * the one declared last comes first
 */
public record TableConstraints(String primaryKey, List<ForeignKey> foreignKeys) {

	/** Of a table whose statement is not known. */
	private static final TableConstraints NONE = new TableConstraints(null, List.of());

	/**
	 * Reads a statement as the schema has it.
	 * @param sql a CREATE TABLE statement, or {@code null}
	 * @return its constraints
	 */
	public static TableConstraints of(String sql) {
		return (sql != null) ? new Reader(sql).read() : NONE;
	}

	/**
	 * A foreign key.
	 * @param id its number in {@code PRAGMA foreign_key_list}
	 * @return the foreign key, one without a name if there is no such number
	 */
	public ForeignKey foreignKey(int id) {
		return (id < this.foreignKeys.size()) ? this.foreignKeys.get(id) : new ForeignKey(null, false);
	}

	/**
	 * A foreign key.
	 *
	 * @param name its name, {@code null} if it has none
	 * @param deferred whether it is checked at the commit
	 */
	public record ForeignKey(String name, boolean deferred) {
	}

	private static final class Reader {

		private final Tokenizer tokens;

		private final List<ForeignKey> foreignKeys = new ArrayList<>();

		private String primaryKey;

		/** Name that the next constraint has. */
		private String name;

		private Reader(String sql) {
			this.tokens = new Tokenizer(sql);
		}

		private TableConstraints read() {
			int depth = 0;
			while (this.tokens.next() != Tokenizer.Kind.END) {
				if (this.tokens.isSymbol('(')) {
					depth++;
				}
				else if (this.tokens.isSymbol(')')) {
					depth--;
				}
				else if (depth == 1) {
					inDefinition();
				}
			}
			Collections.reverse(this.foreignKeys);
			return new TableConstraints(this.primaryKey, List.copyOf(this.foreignKeys));
		}

		private void inDefinition() {
			if (this.tokens.isSymbol(',')) {
				this.name = null;
			}
			else if (this.tokens.isWord("CONSTRAINT")) {
				this.tokens.next();
				this.name = this.tokens.name();
			}
			else if (this.tokens.isWord("PRIMARY")) {
				this.primaryKey = this.name;
				this.name = null;
			}
			else if (this.tokens.isWord("REFERENCES")) {
				this.foreignKeys.add(new ForeignKey(this.name, false));
				this.name = null;
			}
			else if (this.tokens.isWord("DEFERRED") && !this.foreignKeys.isEmpty()) {
				// Only INITIALLY comes before it, and only for a foreign key.
				int last = this.foreignKeys.size() - 1;
				this.foreignKeys.set(last, new ForeignKey(this.foreignKeys.get(last).name(), true));
			}
			else if (this.tokens.isWord("UNIQUE") || this.tokens.isWord("CHECK") || this.tokens.isWord("DEFAULT")
					|| this.tokens.isWord("COLLATE") || this.tokens.isWord("NULL") || this.tokens.isWord("AS")) {
				this.name = null;
			}
		}

	}

}
