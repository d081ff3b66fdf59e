package io.heliosdb.jdbc;

import java.util.Objects;

/**
 * What is searched for. Immutable: each method gives a changed copy. The array is not
 * copied: leave it as it is.
 */
public final class VectorQuery {

	/** Rows that a search gives unless it says otherwise. */
	public static final int DEFAULT_LIMIT = 10;

	/**
	 * The constant of reciprocal-rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
	 */
	public static final int DEFAULT_RANK_CONSTANT = 60;

	private final float[] vector;

	private int limit = DEFAULT_LIMIT;

	private VectorFilter filter;

	private double maxDistance = Double.POSITIVE_INFINITY;

	private double minSimilarity = Double.NEGATIVE_INFINITY;

	private PointInTime point;

	private Long beam;

	private String textQuery;

	private double vectorWeight = 1;

	private double textWeight = 1;

	private int rankConstant = DEFAULT_RANK_CONSTANT;

	private int candidates;

	private VectorQuery(float[] vector) {
		this.vector = vector;
	}

	private VectorQuery(VectorQuery other) {
		this.vector = other.vector;
		this.limit = other.limit;
		this.filter = other.filter;
		this.maxDistance = other.maxDistance;
		this.minSimilarity = other.minSimilarity;
		this.point = other.point;
		this.beam = other.beam;
		this.textQuery = other.textQuery;
		this.vectorWeight = other.vectorWeight;
		this.textWeight = other.textWeight;
		this.rankConstant = other.rankConstant;
		this.candidates = other.candidates;
	}

	/**
	 * Searches for the nearest vectors.
	 * @param vector the vector to be near to
	 * @return the query, for {@value #DEFAULT_LIMIT} rows
	 */
	public static VectorQuery of(float[] vector) {
		return new VectorQuery(Objects.requireNonNull(vector, "vector"));
	}

	/**
	 * How many rows are wanted.
	 * @param rows the number, at least 1
	 * @return the query
	 */
	public VectorQuery limit(int rows) {
		if (rows < 1) {
			throw new IllegalArgumentException("A search gives at least 1 row, not " + rows);
		}
		VectorQuery copy = new VectorQuery(this);
		copy.limit = rows;
		return copy;
	}

	/**
	 * Which rows are looked at.
	 * @param rows the filter, {@code null} for all
	 * @return the query
	 */
	public VectorQuery filter(VectorFilter rows) {
		VectorQuery copy = new VectorQuery(this);
		copy.filter = rows;
		return copy;
	}

	/**
	 * How far away a vector may be.
	 * @param distance the greatest distance that is given
	 * @return the query
	 */
	public VectorQuery maxDistance(double distance) {
		VectorQuery copy = new VectorQuery(this);
		copy.maxDistance = distance;
		return copy;
	}

	/**
	 * How similar a vector has to be, see {@link VectorMetric#similarity}.
	 * @param similarity the least similarity that is given
	 * @return the query
	 */
	public VectorQuery minSimilarity(double similarity) {
		VectorQuery copy = new VectorQuery(this);
		copy.minSimilarity = similarity;
		return copy;
	}

	/**
	 * Searches the past.
	 * @param when the point, {@code null} for the present with all that the caller's
	 * transaction has changed
	 * @return the query
	 */
	public VectorQuery asOf(PointInTime when) {
		VectorQuery copy = new VectorQuery(this);
		copy.point = when;
		return copy;
	}

	/**
	 * How much of an index is looked at: more of it finds more of the true nearest
	 * vectors, and takes longer.
	 * @param width the width of the beam, see the pragma {@code heliosdb_vector_beam}; at
	 * least 1
	 * @return the query
	 */
	public VectorQuery beam(int width) {
		if (width < 1) {
			throw new IllegalArgumentException("A beam is at least 1 wide, not " + width);
		}
		VectorQuery copy = new VectorQuery(this);
		copy.beam = (long) width;
		return copy;
	}

	/**
	 * Makes it a hybrid search: rows rank by how near their vector is and by how well
	 * their text matches any of some words (BM25), and the two ranks are fused.
	 * @param words any text; what is not a letter or digit separates words
	 * @return the query; if there are no words in the text, one for vectors alone
	 */
	public VectorQuery text(String words) {
		StringBuilder match = new StringBuilder();
		for (String word : words.split("[^\\p{L}\\p{M}\\p{N}]+")) {
			if (!word.isEmpty()) {
				match.append(match.isEmpty() ? "" : " OR ").append('"').append(word).append('"');
			}
		}
		return match(match.isEmpty() ? null : match.toString());
	}

	/**
	 * Makes it a hybrid search by a query of FTS5's own language.
	 * @param query what may follow {@code MATCH}
	 * (https://www.sqlite.org/fts5.html#full_text_query_syntax), {@code null} for vectors
	 * alone
	 * @return the query
	 */
	public VectorQuery match(String query) {
		VectorQuery copy = new VectorQuery(this);
		copy.textQuery = query;
		return copy;
	}

	/**
	 * What each of the two ranks of a hybrid search counts for.
	 * @param ofVector weight of the vector's rank, 1 by default
	 * @param ofText weight of the text's rank, 1 by default
	 * @return the query
	 */
	public VectorQuery weights(double ofVector, double ofText) {
		if (!(ofVector >= 0) || !(ofText >= 0) || !Double.isFinite(ofVector + ofText)) {
			throw new IllegalArgumentException("Weights are not negative: " + ofVector + ", " + ofText);
		}
		VectorQuery copy = new VectorQuery(this);
		copy.vectorWeight = ofVector;
		copy.textWeight = ofText;
		return copy;
	}

	/**
	 * The constant of reciprocal-rank fusion: the score of a row is the sum of
	 * {@code weight / (constant + rank)} over both ranks, which count from 1.
	 * @param constant the constant, {@value #DEFAULT_RANK_CONSTANT} by default; not
	 * negative
	 * @return the query
	 */
	public VectorQuery rankConstant(int constant) {
		if (constant < 0) {
			throw new IllegalArgumentException("The rank constant is not negative: " + constant);
		}
		VectorQuery copy = new VectorQuery(this);
		copy.rankConstant = constant;
		return copy;
	}

	/**
	 * How many rows each of the two searches of a hybrid one contributes.
	 * @param rows the number, by default three times the limit, and at least 60
	 * @return the query
	 */
	public VectorQuery candidates(int rows) {
		if (rows < 1) {
			throw new IllegalArgumentException("A hybrid search needs at least 1 candidate, not " + rows);
		}
		VectorQuery copy = new VectorQuery(this);
		copy.candidates = rows;
		return copy;
	}

	/**
	 * Whether texts are searched too.
	 * @return {@code true} if so
	 */
	public boolean isHybrid() {
		return this.textQuery != null;
	}

	float[] vector() {
		return this.vector;
	}

	int limit() {
		return this.limit;
	}

	VectorFilter filter() {
		return this.filter;
	}

	/** The smaller of the two bounds. */
	double maxDistance(VectorMetric metric) {
		return Math.min(this.maxDistance, metric.distance(this.minSimilarity));
	}

	PointInTime point() {
		return this.point;
	}

	/** Null for what the connection has. */
	Long beam() {
		return this.beam;
	}

	/** Null if only vectors are searched. */
	String textQuery() {
		return this.textQuery;
	}

	double vectorWeight() {
		return this.vectorWeight;
	}

	double textWeight() {
		return this.textWeight;
	}

	int rankConstant() {
		return this.rankConstant;
	}

	int candidates() {
		return (this.candidates > 0) ? this.candidates : (int) Math.max(60, Math.min(3L * this.limit, 1_000_000));
	}

}
