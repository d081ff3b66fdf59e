package io.heliosdb.integration.jooq;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import javax.sql.DataSource;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.Application;
import io.heliosdb.integration.Application.Tool;
import io.heliosdb.integration.Rows;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Target;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DuplicateKeyException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** jOOQ as Spring Boot configures it, and its code generator. It takes Java 21. */
class JooqTests {

	@TempDir
	private Path folder;

	private Path file;

	private ConfigurableApplicationContext context;

	private DSLContext dsl;

	@BeforeEach
	void start() {
		this.file = this.folder.resolve("fleet.db");
		this.context = Application.run(Fleet.class, this.file, EnumSet.noneOf(Tool.class),
				"spring.sql.init.schema-locations=classpath:io/heliosdb/integration/jooq/schema.sql");
		this.dsl = this.context.getBean(DSLContext.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void codeGeneratedFromTheLiveSchemaCompilesAndWorks() throws Exception {
		Path sources = this.folder.resolve("generated");
		GenerationTool.generate(new Configuration()
			.withJdbc(new Jdbc().withUrl("jdbc:heliosdb:" + this.file).withDriver("io.heliosdb.jdbc.HeliosDriver"))
			.withGenerator(new Generator().withDatabase(new Database().withName("org.jooq.meta.sqlite.SQLiteDatabase"))
				.withTarget(new Target().withPackageName("io.heliosdb.generated").withDirectory(sources.toString()))));
		try (InputStream client = getClass().getResourceAsStream("Fleet.java.txt")) {
			Files.copy(client, sources.resolve("io/heliosdb/generated/Fleet.java"));
		}
		Path classes = Files.createDirectory(this.folder.resolve("classes"));
		compile(sources, classes);
		try (URLClassLoader loader = new URLClassLoader(new URL[] { classes.toUri().toURL() },
				getClass().getClassLoader())) {
			@SuppressWarnings("unchecked")
			Function<DSLContext, List<String>> client = (Function<DSLContext, List<String>>) loader
				.loadClass("io.heliosdb.generated.Fleet")
				.getConstructor()
				.newInstance();
			assertThat(client.apply(this.dsl)).containsExactly("1,Fram,1892-10-26,403.5,true,2,1912-03-07 18:30:00.0",
					"2,Gjøa,\"\",\"\",false,0,\"\"");
		}
		assertThat(rows("SELECT * FROM ship ORDER BY id")).containsExactly("1, 'Fram', '1892-10-26', 403.5, 1",
				"2, 'Gjøa', NULL, NULL, 0");
		assertThat(rows("SELECT harbour, sailed FROM voyage ORDER BY id"))
			.containsExactly("'Oslo', '1893-06-24 12:00:00.0'", "'Hobart', '1912-03-07 18:30:00.0'");
	}

	@Test
	void theDialectIsSqlites() {
		assertThat(this.dsl.dialect()).isEqualTo(SQLDialect.SQLITE);
	}

	@Test
	void aFailedTransactionIsTranslatedAndLeavesNothing() throws SQLException {
		this.dsl.execute("INSERT INTO ship (name) VALUES ('Fram')");
		assertThatExceptionOfType(DuplicateKeyException.class).isThrownBy(() -> this.dsl.transaction((transaction) -> {
			transaction.dsl().execute("INSERT INTO ship (name) VALUES ('Maud')");
			transaction.dsl().execute("INSERT INTO ship (name) VALUES ('Fram')");
		}));
		assertThat(rows("SELECT name FROM ship")).containsExactly("'Fram'");
	}

	@Test
	void thePastIsReadByPlainSql() {
		this.dsl.execute("INSERT INTO ship (name) VALUES ('Fram')");
		long before = this.context.getBean(TimeTravelRepository.class).currentScn();
		this.dsl.execute("UPDATE ship SET name = 'Maud'");
		assertThat(this.dsl.fetchValue("SELECT name FROM ship AS OF SCN ?", before)).isEqualTo("Fram");
	}

	private static void compile(Path sources, Path classes) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
				Stream<Path> paths = Files.walk(sources)) {
			List<Path> java = paths.filter((path) -> path.toString().endsWith(".java")).toList();
			assertThat(compiler
				.getTask(null, files, null,
						List.of("-d", classes.toString(), "-proc:none", "-classpath",
								System.getProperty("java.class.path")),
						null, files.getJavaFileObjectsFromPaths(java))
				.call()).isTrue();
		}
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.context.getBean(DataSource.class), sql);
	}

	@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Fleet {

	}

}
