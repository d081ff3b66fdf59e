package io.heliosdb.integration.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A fenced block of code in a document.
 *
 * @param document path of the document from the root of the repository
 * @param heading the nearest heading above
 * @param line number of the line that opens it, from 1
 * @param language what is said behind the fence
 * @param code the lines between the fences
 */
record CodeBlock(String document, String heading, int line, String language, String code) {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	static Path root() {
		return ROOT;
	}

	/** All blocks of all documents. */
	static List<CodeBlock> all() throws IOException {
		List<CodeBlock> blocks = new ArrayList<>();
		try (Stream<Path> files = Stream
			.of(Files.list(ROOT), Files.list(ROOT.resolve("docs")),
					Files.list(ROOT.resolve("samples")).map((sample) -> sample.resolve("README.md")))
			.flatMap((paths) -> paths)) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".md") && Files.exists(path))
				.sorted()
				.toList()) {
				blocks.addAll(of(ROOT.relativize(file).toString(), Files.readAllLines(file)));
			}
		}
		return blocks;
	}

	static List<CodeBlock> of(String document, List<String> lines) {
		List<CodeBlock> blocks = new ArrayList<>();
		String heading = "";
		for (int i = 0; i < lines.size(); i++) {
			if (lines.get(i).startsWith("#")) {
				heading = lines.get(i).replaceFirst("#+ *", "");
			}
			if (lines.get(i).strip().startsWith("```")) {
				int start = i;
				StringBuilder code = new StringBuilder();
				while (!lines.get(++i).strip().equals("```")) {
					code.append(lines.get(i)).append('\n');
				}
				blocks.add(new CodeBlock(document, heading, start + 1, lines.get(start).strip().substring(3),
						code.toString()));
			}
		}
		return blocks;
	}

	@Override
	public String toString() {
		return this.document + ":" + this.line + " " + this.language;
	}

}
