package io.heliosdb.samples.semanticsearch;

/**
 * A passage that was found.
 *
 * @param path the file that it is in
 * @param kind the file's kind
 * @param heading the headings that it stands under
 * @param text the passage
 * @param similarity cosine of the angle between its vector and the question's, 1 for the
 * same direction
 */
record SearchResult(String path, DocumentKind kind, String heading, String text, double similarity) {
}
