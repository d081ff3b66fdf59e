package io.heliosdb.jdbc;

/**
 * How far two vectors are apart. A distance is smaller the nearer they are; a similarity
 * is greater.
 */
public enum VectorMetric {

	/** Euclidean distance; the similarity is {@code 1 / (1 + distance)}. */
	L2("<->", "vector_l2_ops"),

	/**
	 * One less the cosine of the angle between them, from 0 to 2; the similarity is the
	 * cosine.
	 */
	COSINE("<=>", "vector_cosine_ops"),

	/** The negative inner product; the similarity is the inner product. */
	INNER_PRODUCT("<#>", "vector_ip_ops");

	private final String operator;

	private final String operatorClass;

	VectorMetric(String operator, String operatorClass) {
		this.operator = operator;
		this.operatorClass = operatorClass;
	}

	/**
	 * The operator that gives the distance in SQL.
	 * @return such as {@code <=>}
	 */
	public String operator() {
		return this.operator;
	}

	/**
	 * The operator class by which an index has this metric.
	 * @return such as {@code vector_cosine_ops}
	 */
	public String operatorClass() {
		return this.operatorClass;
	}

	/**
	 * The similarity of two vectors.
	 * @param distance their distance
	 * @return the similarity
	 */
	public double similarity(double distance) {
		return switch (this) {
			case L2 -> 1 / (1 + distance);
			case COSINE -> 1 - distance;
			case INNER_PRODUCT -> -distance;
		};
	}

	/**
	 * The distance of two vectors.
	 * @param similarity their similarity
	 * @return the distance; infinite for a similarity that is not positive, where the
	 * metric has none such
	 */
	public double distance(double similarity) {
		return switch (this) {
			case L2 -> (similarity > 0) ? 1 / similarity - 1 : Double.POSITIVE_INFINITY;
			case COSINE -> 1 - similarity;
			case INNER_PRODUCT -> -similarity;
		};
	}

}
