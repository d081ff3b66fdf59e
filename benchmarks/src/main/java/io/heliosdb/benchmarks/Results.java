package io.heliosdb.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The figures of a run in microseconds an operation: one a round for each line and peer.
 */
final class Results {

	private final Map<Line, Map<Peer, List<Double>>> figures = new EnumMap<>(Line.class);

	private final List<String> failures = new ArrayList<>();

	void add(Line line, Peer peer, double micros) {
		this.figures.computeIfAbsent(line, (key) -> new EnumMap<>(Peer.class))
			.computeIfAbsent(peer, (key) -> new ArrayList<>())
			.add(micros);
	}

	/** A round without a figure. */
	void addFailure(Line line, Peer peer, String message) {
		add(line, peer, Double.NaN);
		this.failures.add("%s, %s: %s".formatted(peer.title(), line.title(), message));
	}

	List<String> failures() {
		return this.failures;
	}

	boolean contains(Line line) {
		return this.figures.containsKey(line);
	}

	/** The median over all rounds. */
	double median(Line line, Peer peer) {
		return median(figures(line, peer).stream().mapToDouble(Double::doubleValue).toArray());
	}

	/**
	 * How many times as long one took as the other. Each round is compared with itself,
	 * because its runs stand next to each other in time.
	 */
	Ratio ratio(Line line, Peer peer, Line referenceLine, Peer reference) {
		List<Double> dividends = figures(line, peer);
		List<Double> divisors = figures(referenceLine, reference);
		double[] ratios = IntStream.range(0, Math.min(dividends.size(), divisors.size()))
			.mapToDouble((round) -> dividends.get(round) / divisors.get(round))
			.toArray();
		return new Ratio(median(ratios), Arrays.stream(ratios).min().orElse(Double.NaN),
				Arrays.stream(ratios).max().orElse(Double.NaN));
	}

	/**
	 * How many microseconds longer one took than the other on the same line, by the
	 * rounds' median.
	 */
	double difference(Line line, Peer peer, Peer reference) {
		List<Double> minuends = figures(line, peer);
		List<Double> subtrahends = figures(line, reference);
		return median(IntStream.range(0, Math.min(minuends.size(), subtrahends.size()))
			.mapToDouble((round) -> minuends.get(round) - subtrahends.get(round))
			.toArray());
	}

	private List<Double> figures(Line line, Peer peer) {
		return this.figures.getOrDefault(line, Map.of()).getOrDefault(peer, List.of());
	}

	/** The median; not a number if one of the values is not, or if there are none. */
	static double median(double... values) {
		if (values.length == 0 || Arrays.stream(values).anyMatch(Double::isNaN)) {
			return Double.NaN;
		}
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		int middle = sorted.length / 2;
		return (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	}

	/**
	 * A ratio of times over all rounds.
	 *
	 * @param median of the rounds' ratios
	 * @param least of them
	 * @param greatest of them
	 */
	record Ratio(double median, double least, double greatest) {
	}

}
