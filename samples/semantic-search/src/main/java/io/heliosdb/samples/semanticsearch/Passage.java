package io.heliosdb.samples.semanticsearch;

/**
 * A part of a document that is short enough for the model to read.
 *
 * @param heading the headings that it stands under, outermost first, joined by " › "; the
 * name of the file where there is none
 * @param text its text
 */
record Passage(String heading, String text) {

	/** What the model and the full-text index read. */
	String content() {
		return this.heading + "\n" + this.text;
	}

}
