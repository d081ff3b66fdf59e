package io.heliosdb.jdbc;

import java.time.Instant;

/**
 * A named point. Retention keeps it, and what came after it.
 *
 * @param name the name, unique in the database
 * @param scn the commit that it names
 * @param createdAt when the tag was made
 */
public record Tag(String name, long scn, Instant createdAt) {
}
