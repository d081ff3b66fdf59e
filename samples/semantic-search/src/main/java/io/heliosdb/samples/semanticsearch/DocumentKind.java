package io.heliosdb.samples.semanticsearch;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/**
 * The kinds of documents that are indexed.
 */
enum DocumentKind {

	MARKDOWN(List.of("md", "markdown"), PassageSplitter::ofMarkdown),

	TEXT(List.of("txt", "text", "adoc", "rst"), PassageSplitter::ofText);

	private final List<String> extensions;

	private final BiFunction<String, String, List<Passage>> splitter;

	DocumentKind(List<String> extensions, BiFunction<String, String, List<Passage>> splitter) {
		this.extensions = extensions;
		this.splitter = splitter;
	}

	/**
	 * The kind of a file by its name.
	 * @return the kind, {@code null} if such files are not indexed
	 */
	static DocumentKind of(Path file) {
		String name = file.toString().toLowerCase(Locale.ROOT);
		String extension = name.substring(name.lastIndexOf('.') + 1);
		for (DocumentKind kind : values()) {
			if (kind.extensions.contains(extension)) {
				return kind;
			}
		}
		return null;
	}

	List<Passage> split(String name, String text) {
		return this.splitter.apply(name, text);
	}

}
