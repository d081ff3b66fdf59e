package io.heliosdb.samples.semanticsearch;

import java.util.List;

/**
 * How far the index is.
 *
 * @param state what the indexer does
 * @param done number of files that were looked at
 * @param total number of files in the folder
 * @param passages number of passages that were embedded
 * @param current the file under way, {@code null} if there is none
 * @param failures what kept files from being indexed
 */
record IndexingProgress(State state, int done, int total, long passages, String current, List<String> failures) {

	static final IndexingProgress NONE = new IndexingProgress(State.COMPLETE, 0, 0, 0, null, List.of());

	enum State {

		RUNNING, COMPLETE, CANCELLED, FAILED

	}

}
