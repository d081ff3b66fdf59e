package io.heliosdb.langchain4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A store for each test, in a database file of its own. */
final class OwnStore implements BeforeEachCallback, AfterEachCallback {

	private Path folder;

	private HeliosDataSource dataSource;

	private HeliosEmbeddingStore store;

	@Override
	public void beforeEach(ExtensionContext context) throws IOException, SQLException {
		this.folder = Files.createTempDirectory("heliosdb-store");
		this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + this.folder.resolve("app.db"));
		this.store = HeliosEmbeddingStore.builder(this.dataSource).build();
	}

	@Override
	public void afterEach(ExtensionContext context) throws IOException, SQLException {
		this.dataSource.close();
		List<Path> files;
		try (Stream<Path> all = Files.walk(this.folder)) {
			files = all.sorted(Comparator.reverseOrder()).toList();
		}
		for (Path file : files) {
			Files.delete(file);
		}
	}

	HeliosDataSource dataSource() {
		return this.dataSource;
	}

	HeliosEmbeddingStore store() {
		return this.store;
	}

}
