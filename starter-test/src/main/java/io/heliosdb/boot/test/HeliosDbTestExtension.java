package io.heliosdb.boot.test;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.boot.test.HeliosDbTest.Scope;
import io.heliosdb.jdbc.HeliosDataSource;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ScriptUtils;

/** Resolves the parameters of {@link HeliosDbTest}. */
final class HeliosDbTestExtension implements ParameterResolver {

	private static final Namespace NAMESPACE = Namespace.create(HeliosDbTestExtension.class);

	/** A constructor's parameter, too, belongs to the test method that runs. */
	@Override
	public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext rootContext) {
		return ExtensionContextScope.TEST_METHOD;
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
		Class<?> type = parameter.getParameter().getType();
		return type == DataSource.class || type == HeliosDataSource.class;
	}

	@Override
	public HeliosDataSource resolveParameter(ParameterContext parameter, ExtensionContext context) {
		Class<?> testClass = context.getRequiredTestClass();
		HeliosDbTest settings = AnnotatedElementUtils.findMergedAnnotation(annotated(testClass), HeliosDbTest.class);
		if (settings == null) {
			throw new ParameterResolutionException(testClass.getName() + " is not annotated with @HeliosDbTest");
		}
		ExtensionContext owner = context;
		if (settings.scope() == Scope.CLASS) {
			while (owner.getTestMethod().isPresent()) {
				owner = owner.getParent().orElseThrow();
			}
		}
		else if (context.getTestMethod().isEmpty()) {
			throw new ParameterResolutionException("There is no database yet for " + parameter.getDeclaringExecutable()
					+ ", as each test method gets its own. "
					+ "Take the parameter in the test method, or use @HeliosDbTest(scope = Scope.CLASS)");
		}
		return owner.getStore(NAMESPACE)
			.computeIfAbsent(owner.getUniqueId(), (id) -> new TestDatabase(settings, testClass),
					TestDatabase.class).dataSource;
	}

	/** The class that has the annotation: a nested test's enclosing one may. */
	private static Class<?> annotated(Class<?> testClass) {
		Class<?> candidate = testClass;
		while (!AnnotatedElementUtils.hasAnnotation(candidate, HeliosDbTest.class)
				&& candidate.getEnclosingClass() != null) {
			candidate = candidate.getEnclosingClass();
		}
		return candidate;
	}

	/** Closed by JUnit with the store that it is in. */
	private static final class TestDatabase implements AutoCloseable {

		private final ThrowAwayDatabase files = new ThrowAwayDatabase();

		private final HeliosDataSource dataSource;

		TestDatabase(HeliosDbTest settings, Class<?> testClass) {
			String query = (settings.parameters().length > 0) ? "?" + String.join("&", settings.parameters()) : "";
			try {
				this.dataSource = new HeliosDataSource("jdbc:heliosdb:" + this.files.file() + query);
				run(settings.scripts(), testClass);
			}
			catch (SQLException | RuntimeException ex) {
				this.files.close();
				throw new ParameterResolutionException("The test's database cannot be made: " + ex.getMessage(), ex);
			}
		}

		private void run(String[] scripts, Class<?> testClass) throws SQLException {
			try (Connection connection = this.dataSource.getConnection()) {
				for (String script : scripts) {
					ScriptUtils.executeSqlScript(connection, new ClassPathResource(script, testClass.getClassLoader()));
				}
			}
		}

		@Override
		public void close() throws SQLException {
			try (this.files) {
				this.dataSource.close();
			}
		}

	}

}
