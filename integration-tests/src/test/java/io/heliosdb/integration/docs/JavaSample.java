package io.heliosdb.integration.docs;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.DefaultApplicationArguments;

/**
 * A block of Java: a type, a member of a class, or statements.
 */
final class JavaSample {

	private static final Pattern TYPE = Pattern
		.compile("(?m)^(?:public |final )*(?:class|record|interface|enum) (\\w+)");

	/** What the documents' code has imported. */
	private static final String IMPORTS = Stream
		.of("java.nio.file.*", "java.sql.*", "java.text.Collator", "java.time.*", "java.util.*", "javax.sql.DataSource",
				"dev.langchain4j.data.segment.TextSegment", "dev.langchain4j.store.embedding.EmbeddingStore",
				"io.heliosdb.boot.observation.*", "io.heliosdb.boot.test.HeliosDbTest", "io.heliosdb.boot.timetravel.*",
				"io.heliosdb.boot.vector.*", "io.heliosdb.jdbc.*", "io.heliosdb.langchain4j.HeliosEmbeddingStore",
				"io.heliosdb.integration.docs.SampleContext", "io.heliosdb.integration.docs.SampleContext.*",
				"io.micrometer.common.KeyValues", "org.jspecify.annotations.Nullable", "org.junit.jupiter.api.Test",
				"org.springframework.ai.document.Document", "org.springframework.ai.vectorstore.SearchRequest",
				"org.springframework.beans.factory.annotation.Autowired",
				"org.springframework.boot.ApplicationArguments", "org.springframework.boot.ApplicationRunner",
				"org.springframework.boot.jdbc.test.autoconfigure.JdbcTest",
				"org.springframework.context.annotation.Bean", "org.springframework.data.domain.Limit",
				"org.springframework.data.domain.Page", "org.springframework.data.domain.PageRequest",
				"org.springframework.data.domain.SearchResults", "org.springframework.data.domain.Similarity",
				"org.springframework.data.domain.Vector", "org.springframework.data.history.Revision",
				"org.springframework.data.history.RevisionSort",
				"org.springframework.data.repository.history.RevisionRepository",
				"org.springframework.jdbc.core.JdbcTemplate", "org.springframework.jdbc.core.simple.JdbcClient",
				"org.springframework.stereotype.*", "org.springframework.transaction.annotation.*",
				"static io.heliosdb.integration.docs.SampleContext.*")
		.map((name) -> "import " + name + ";\n")
		.reduce("", String::concat);

	private final String name;

	private final Path classes;

	private final String code;

	private JavaSample(String name, Path classes, String code) {
		this.name = name;
		this.classes = classes;
		this.code = code;
	}

	/**
	 * Compiles a block.
	 * @throws IllegalArgumentException with the compiler's messages, if it does not
	 * compile
	 */
	static JavaSample compile(CodeBlock block, Path folder) throws IOException {
		String code = block.code().replace("{ … }", "{ throw new Elided(); }").replace("…)", "elided())");
		String context = block.document().equals("README.md") ? "Readme" : "Guide";
		Matcher type = TYPE.matcher(code);
		String name = type.find() ? type.group(1) : "Sample";
		String body = code;
		if (name.equals("Sample")) {
			String member = code.startsWith("@") ? code
					: "@Override public void run() throws Exception {\n" + code + "}\n";
			body = "public class Sample extends SampleContext." + context + " {\n" + member + "}\n";
		}
		else {
			body = body.replaceFirst("(?m)^class ", "public class ");
		}
		Path source = folder.resolve(name + ".java");
		Files.writeString(source, IMPORTS + body);
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
			boolean compiled = compiler
				.getTask(messages, files, null, List.of("-proc:none", "-parameters", "-d", folder.toString(),
						"-classpath", System.getProperty("java.class.path")), null, files.getJavaFileObjects(source))
				.call();
			if (!compiled) {
				throw new IllegalArgumentException(messages.toString());
			}
		}
		return new JavaSample(name, folder, code);
	}

	/** Runs it on a database of its own. */
	void run() throws Exception {
		try (URLClassLoader loader = new URLClassLoader(new URL[] { this.classes.toUri().toURL() },
				getClass().getClassLoader())) {
			Class<?> type = loader.loadClass(this.name);
			if (SampleContext.class.isAssignableFrom(type)) {
				run((SampleContext) type.getConstructor().newInstance());
				return;
			}
			SampleContext context = new SampleContext.Guide() {
			};
			context.open(this.classes, this.code);
			try {
				runWith(context, type);
			}
			finally {
				context.close();
			}
		}
	}

	private void run(SampleContext sample) throws Exception {
		sample.open(this.classes, this.code);
		try {
			sample.run();
		}
		finally {
			sample.close();
		}
	}

	private static void runWith(SampleContext context, Class<?> type) throws Exception {
		Constructor<?> constructor = type.getDeclaredConstructors()[0];
		constructor.setAccessible(true);
		Object[] beans = Stream.of(constructor.getParameterTypes()).map(context::bean).toArray();
		((ApplicationRunner) constructor.newInstance(beans)).run(new DefaultApplicationArguments());
	}

}
