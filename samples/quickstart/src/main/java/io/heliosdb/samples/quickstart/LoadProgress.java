package io.heliosdb.samples.quickstart;

/**
 * How far the load of the data set is.
 *
 * @param complete whether the tables are filled
 * @param loaded number of rows inserted since the start, 0 when they were there already
 * @param total number of rows to insert
 */
record LoadProgress(boolean complete, long loaded, long total) {

	LoadProgress plus(int rows) {
		return new LoadProgress(false, this.loaded + rows, this.total);
	}

	LoadProgress completed() {
		return new LoadProgress(true, this.loaded, this.total);
	}

}
