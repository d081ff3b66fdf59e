package io.heliosdb.benchmarks;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Results as Markdown: the machine, a table, what failed.
 */
final class Report {

	private final Results results;

	private final Set<Peer> peers;

	Report(Results results, Set<Peer> peers) {
		this.results = results;
		this.peers = peers;
	}

	String markdown(List<String> circumstances) {
		StringBuilder text = new StringBuilder();
		for (String circumstance : circumstances) {
			text.append("- ").append(circumstance).append('\n');
		}
		text.append('\n');
		table(text);
		for (String failure : this.results.failures()) {
			text.append("\nFailed: ").append(failure).append('\n');
		}
		return text.toString();
	}

	private void table(StringBuilder text) {
		Set<Peer> others = EnumSet.copyOf(this.peers);
		boolean compared = others.remove(Peer.HELIOSDB);
		List<String> header = new ArrayList<>(List.of("work"));
		this.peers.forEach((peer) -> header.add(peer.title()));
		if (compared) {
			others.forEach((peer) -> header.add("HeliosDB ÷ " + peer.title()));
			header.addAll(List.of("target", "reached"));
		}
		row(text, header);
		row(text, header.stream().map((cell) -> "---").toList());
		for (Line line : Line.values()) {
			if (this.results.contains(line)) {
				List<String> cells = new ArrayList<>(List.of(line.title()));
				this.peers.forEach((peer) -> cells.add(time(line, peer)));
				if (compared) {
					others.forEach((peer) -> cells.add(ratio(line, peer)));
					cells.add(line.bounds().stream().map(Line.Bound::text).collect(Collectors.joining(", ")));
					cells.add(line.bounds()
						.stream()
						.map((bound) -> reached(line, bound))
						.collect(Collectors.joining(", ")));
				}
				row(text, cells);
			}
		}
	}

	private String time(Line line, Peer peer) {
		if (!line.peers().contains(peer)) {
			return "";
		}
		return format(this.results.median(line, peer));
	}

	private String ratio(Line line, Peer peer) {
		if (!line.peers().contains(peer)) {
			return "";
		}
		Results.Ratio ratio = this.results.ratio(line, Peer.HELIOSDB, line, peer);
		return Double.isNaN(ratio.median()) ? "–"
				: String.format(Locale.ROOT, "**%.2f** (%.2f–%.2f)", ratio.median(), ratio.least(), ratio.greatest());
	}

	private String reached(Line line, Line.Bound bound) {
		Line reference = (bound.line() != null) ? bound.line() : line;
		double ratio = this.results.ratio(line, Peer.HELIOSDB, reference, bound.peer()).median();
		if (Double.isNaN(this.results.median(line, Peer.HELIOSDB))) {
			return "no";
		}
		if (Double.isNaN(ratio)) {
			return "–";
		}
		String answer = (ratio <= bound.ratio()) ? "yes" : "no";
		return (bound.line() == null) ? answer : String.format(Locale.ROOT, "%s (%.2f)", answer, bound.reading(ratio));
	}

	private static void row(StringBuilder text, List<String> cells) {
		text.append("| ").append(String.join(" | ", cells)).append(" |\n");
	}

	static String format(double micros) {
		if (Double.isNaN(micros)) {
			return "failed";
		}
		return (micros < 1000) ? String.format(Locale.ROOT, "%.2f µs", micros)
				: String.format(Locale.ROOT, "%.1f ms", micros / 1000);
	}

}
