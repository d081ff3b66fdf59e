package io.heliosdb.samples.semanticsearch;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/**
 * Cuts documents into passages. Paragraphs under one heading stay together as long as
 * they fit, one that is too long is cut between sentences.
 */
final class PassageSplitter {

	/** About 200 tokens: the model reads 256. */
	static final int MAX_LENGTH = 1000;

	private static final String SEPARATOR = "\n\n";

	private static final Parser PARSER = Parser.builder().includeSourceSpans(IncludeSourceSpans.BLOCKS).build();

	private final List<Passage> passages = new ArrayList<>();

	private final StringBuilder pending = new StringBuilder();

	private String heading;

	private PassageSplitter(String name) {
		this.heading = name;
	}

	/**
	 * Cuts Markdown (CommonMark).
	 * @param name name of the document, for what stands before its first heading
	 * @param text the document
	 */
	static List<Passage> ofMarkdown(String name, String text) {
		PassageSplitter splitter = new PassageSplitter(name);
		TreeMap<Integer, String> path = new TreeMap<>();
		for (Node block = PARSER.parse(text).getFirstChild(); block != null; block = block.getNext()) {
			if (block instanceof Heading title) {
				path.tailMap(title.getLevel(), true).clear();
				path.put(title.getLevel(), plainText(title));
				splitter.begin(String.join(" › ", path.values()));
			}
			else {
				// A line break within a paragraph means nothing.
				splitter.add(source(text, block.getSourceSpans(), (block instanceof Paragraph) ? " " : "\n"));
			}
		}
		return splitter.end();
	}

	/**
	 * Cuts plain text, whose paragraphs empty lines separate.
	 * @param name name of the document
	 * @param text the document
	 */
	static List<Passage> ofText(String name, String text) {
		PassageSplitter splitter = new PassageSplitter(name);
		for (String paragraph : text.split("\\R[ \\t]*\\R")) {
			splitter.add(paragraph);
		}
		return splitter.end();
	}

	private static String plainText(Heading heading) {
		StringBuilder text = new StringBuilder();
		heading.accept(new AbstractVisitor() {

			@Override
			public void visit(Text node) {
				text.append(node.getLiteral());
			}

			@Override
			public void visit(Code node) {
				text.append(node.getLiteral());
			}

		});
		return text.toString();
	}

	private static String source(String text, List<SourceSpan> lines, String separator) {
		return lines.stream()
			.map((line) -> text.substring(line.getInputIndex(), line.getInputIndex() + line.getLength()))
			.collect(Collectors.joining(separator));
	}

	private void begin(String newHeading) {
		flush();
		this.heading = newHeading;
	}

	private void add(String block) {
		String text = block.strip();
		if (text.isEmpty()) {
			return;
		}
		if (text.length() > MAX_LENGTH) {
			flush();
			cut(text);
			return;
		}
		if (this.pending.length() + SEPARATOR.length() + text.length() > MAX_LENGTH) {
			flush();
		}
		this.pending.append(this.pending.isEmpty() ? "" : SEPARATOR).append(text);
	}

	private void cut(String text) {
		BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
		sentences.setText(text);
		int start = 0;
		while (text.length() - start > MAX_LENGTH) {
			int end = sentences.preceding(start + MAX_LENGTH + 1);
			if (end <= start) {
				end = wordEnd(text, start);
			}
			pass(text.substring(start, end));
			start = end;
		}
		pass(text.substring(start));
	}

	/**
	 * The end of the last word that fits; within a word if it is longer than a passage.
	 */
	private static int wordEnd(String text, int start) {
		int limit = start + MAX_LENGTH;
		for (int end = limit; end > start; end--) {
			if (Character.isWhitespace(text.charAt(end))) {
				return end;
			}
		}
		return Character.isLowSurrogate(text.charAt(limit)) ? limit - 1 : limit;
	}

	private void flush() {
		pass(this.pending.toString());
		this.pending.setLength(0);
	}

	private void pass(String text) {
		String stripped = text.strip();
		if (!stripped.isEmpty()) {
			this.passages.add(new Passage(this.heading, stripped));
		}
	}

	private List<Passage> end() {
		flush();
		return List.copyOf(this.passages);
	}

}
