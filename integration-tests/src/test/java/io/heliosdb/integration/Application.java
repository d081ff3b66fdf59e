package io.heliosdb.integration;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Starts an application as users do, with nothing set but the database's path. All tools
 * are on this module's class path, so those that the application would not have are
 * excluded.
 */
public final class Application {

	private Application() {
	}

	/** Tools that Spring Boot configures when it finds them. */
	public enum Tool {

		/** Flyway. */
		FLYWAY("org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"),

		/** Liquibase. */
		LIQUIBASE("org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration"),

		/** Hibernate and Spring Data JPA. */
		JPA("org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
				"org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration"),

		/** Spring Data JDBC. */
		DATA_JDBC("org.springframework.boot.data.jdbc.autoconfigure.DataJdbcRepositoriesAutoConfiguration"),

		/** MyBatis. */
		MYBATIS("org.mybatis.spring.boot.autoconfigure.MybatisLanguageDriverAutoConfiguration",
				"org.mybatis.spring.boot.autoconfigure.MybatisAutoConfiguration");

		private final String[] autoConfigurations;

		Tool(String... autoConfigurations) {
			this.autoConfigurations = autoConfigurations;
		}

	}

	/**
	 * Starts an application.
	 * @param application the class with {@code @EnableAutoConfiguration}
	 * @param database the database's file
	 * @param tools the tools that the application has
	 * @param properties properties as {@code name=value}
	 * @return the running application
	 */
	public static ConfigurableApplicationContext run(Class<?> application, Path database, Set<Tool> tools,
			String... properties) {
		String excluded = EnumSet.allOf(Tool.class)
			.stream()
			.filter((tool) -> !tools.contains(tool))
			.flatMap((tool) -> Arrays.stream(tool.autoConfigurations))
			.collect(Collectors.joining(","));
		String[] arguments = Stream
			.concat(Stream.of("heliosdb.path=" + database, "spring.autoconfigure.exclude=" + excluded),
					Arrays.stream(properties))
			.map((property) -> "--" + property)
			.toArray(String[]::new);
		return new SpringApplicationBuilder(application).web(WebApplicationType.NONE).run(arguments);
	}

}
