package io.heliosdb.samples.semanticsearch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class PassageSplitterTests {

	private static final Path DOCUMENTS = Path.of("../../docs");

	@Test
	void passagesStandUnderTheirHeadings() {
		assertThat(PassageSplitter.ofMarkdown("guide.md", """
				Before all headings.

				# Guide

				## Set *up* `it`

				One.

				## Use it

				Two.

				# Index

				Three.
				""")).containsExactly(new Passage("guide.md", "Before all headings."),
				new Passage("Guide › Set up it", "One."), new Passage("Guide › Use it", "Two."),
				new Passage("Index", "Three."));
	}

	@Test
	void headingsInCodeAreCode() {
		assertThat(PassageSplitter.ofMarkdown("guide.md", """
				# Guide

				```sh
				# no heading
				```
				""")).containsExactly(new Passage("Guide", "```sh\n# no heading\n```"));
	}

	@Test
	void shortParagraphsStayTogether() {
		assertThat(PassageSplitter.ofText("a.txt", "One\nline.\r\n \r\nAnother.\n\n\nThird."))
			.containsExactly(new Passage("a.txt", "One\nline.\n\nAnother.\n\nThird."));
	}

	@Test
	void passagesAreNoLongerThanTheModelReads() {
		String half = "x".repeat(PassageSplitter.MAX_LENGTH / 2);
		assertThat(PassageSplitter.ofText("a.txt", half + "\n\n" + half.substring(2))).hasSize(1);
		assertThat(PassageSplitter.ofText("a.txt", half + "\n\n" + half.substring(1))).hasSize(2);
	}

	@Test
	void longParagraphsAreCutBetweenSentences() {
		String sentence = "This sentence has a few words. ";
		List<Passage> passages = PassageSplitter.ofText("a.txt", sentence.repeat(100));
		assertThat(passages).allSatisfy((passage) -> assertThat(passage.text()).startsWith("This").endsWith("words."));
		assertThat(passages.stream().map(Passage::text).collect(Collectors.joining(" ")))
			.isEqualTo(sentence.repeat(100).strip());
	}

	@Test
	void wordsThatAreLongerThanAPassageAreCutBetweenCharacters() {
		String word = "x" + "\uD83D\uDE00".repeat(1500);
		List<Passage> passages = PassageSplitter.ofText("a.txt", word);
		assertThat(passages).allSatisfy((passage) -> assertThat(
				new String(passage.text().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
			.isEqualTo(passage.text()));
		assertThat(passages.stream().map(Passage::text).collect(Collectors.joining())).isEqualTo(word);
	}

	@Test
	void emptyDocumentsHaveNoPassages() {
		assertThat(PassageSplitter.ofMarkdown("a.md", "\n\n# Only a heading\n")).isEmpty();
		assertThat(PassageSplitter.ofText("a.txt", " \n\n ")).isEmpty();
	}

	@ParameterizedTest
	@MethodSource
	void everyWordOfADocumentIsInOnePassage(Path document) throws IOException {
		String text = Files.readString(document);
		List<Passage> passages = PassageSplitter.ofText("a.txt", text);
		assertThat(passages)
			.allSatisfy((passage) -> assertThat(passage.text()).hasSizeLessThanOrEqualTo(PassageSplitter.MAX_LENGTH));
		assertThat(passages.stream().map(Passage::text).collect(Collectors.joining()).replaceAll("\\s", ""))
			.isEqualTo(text.replaceAll("\\s", ""));
	}

	static List<Path> everyWordOfADocumentIsInOnePassage() {
		try (Stream<Path> files = Files.list(DOCUMENTS)) {
			return files.filter((file) -> DocumentKind.of(file) == DocumentKind.MARKDOWN).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
