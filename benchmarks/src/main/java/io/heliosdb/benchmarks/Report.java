package io.heliosdb.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
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
		for (Workload.Section section : Workload.Section.values()) {
			table(text, section);
		}
		for (String failure : this.results.failures()) {
			text.append("Failed: ").append(failure).append('\n');
		}
		return text.toString();
	}

	private void table(StringBuilder text, Workload.Section section) {
		List<Line> lines = Arrays.stream(Line.values())
			.filter((line) -> line.workload().section() == section && this.results.contains(line))
			.toList();
		if (lines.isEmpty()) {
			return;
		}
		Set<Peer> shown = lines.stream()
			.flatMap((line) -> line.peers().stream())
			.filter(this.peers::contains)
			.collect(Collectors.toCollection(() -> EnumSet.noneOf(Peer.class)));
		Set<Peer> others = EnumSet.copyOf(shown);
		boolean compared = others.remove(section.subject());
		List<String> header = new ArrayList<>(List.of(section.title()));
		shown.forEach((peer) -> header.add(peer.title()));
		if (compared) {
			others.forEach((peer) -> header.add(section.subject().title() + " ÷ " + peer.title()));
			header.addAll(List.of("target", "reached"));
		}
		row(text, header);
		row(text, header.stream().map((cell) -> "---").toList());
		for (Line line : lines) {
			List<String> cells = new ArrayList<>(List.of(line.title()));
			shown.forEach((peer) -> cells.add(figure(line, peer)));
			if (compared) {
				others.forEach((peer) -> cells.add(ratio(line, peer)));
				cells.add(line.bounds().stream().map(Line.Bound::text).collect(Collectors.joining(", ")));
				cells
					.add(line.bounds().stream().map((bound) -> reached(line, bound)).collect(Collectors.joining(", ")));
			}
			row(text, cells);
		}
		text.append('\n');
	}

	private String figure(Line line, Peer peer) {
		if (!line.peers().contains(peer)) {
			return "";
		}
		return line.format(this.results.median(line, peer));
	}

	private String ratio(Line line, Peer peer) {
		if (!line.peers().contains(peer)) {
			return "";
		}
		Results.Ratio ratio = this.results.ratio(line, subject(line), line, peer);
		return Double.isNaN(ratio.median()) ? "–"
				: String.format(Locale.ROOT, "**%.2f** (%.2f–%.2f)", ratio.median(), ratio.least(), ratio.greatest());
	}

	private static Peer subject(Line line) {
		return line.workload().section().subject();
	}

	private String reached(Line line, Line.Bound bound) {
		double figure = this.results.median(line, subject(line));
		if (bound.peer() == null || Double.isNaN(figure)) {
			return (figure <= bound.ratio()) ? "yes" : "no";
		}
		if (bound.difference()) {
			double difference = this.results.difference(line, subject(line), bound.peer());
			if (Double.isNaN(difference)) {
				return "–";
			}
			return String.format(Locale.ROOT, "%s (%+.0f ms)", (difference <= bound.ratio()) ? "yes" : "no",
					difference / 1000);
		}
		Line reference = (bound.line() != null) ? bound.line() : line;
		double ratio = this.results.ratio(line, subject(line), reference, bound.peer()).median();
		if (Double.isNaN(ratio)) {
			return "–";
		}
		String answer = (ratio <= bound.ratio()) ? "yes" : "no";
		return (bound.line() == null) ? answer : String.format(Locale.ROOT, "%s (%.2f)", answer, bound.reading(ratio));
	}

	private static void row(StringBuilder text, List<String> cells) {
		text.append("| ").append(String.join(" | ", cells)).append(" |\n");
	}

}
