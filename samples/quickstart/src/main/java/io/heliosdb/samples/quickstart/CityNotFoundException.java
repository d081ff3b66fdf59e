package io.heliosdb.samples.quickstart;

class CityNotFoundException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	CityNotFoundException(long id) {
		super("There is no city " + id);
	}

}
