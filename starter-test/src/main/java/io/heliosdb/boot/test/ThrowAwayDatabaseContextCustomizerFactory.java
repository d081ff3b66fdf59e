package io.heliosdb.boot.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase.Replace;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * Has test slices, and other tests with {@link AutoConfigureTestDatabase}, use a
 * throw-away database, unless the annotation says what to replace. {@code @JooqTest} has
 * no such annotation and would use the application's database.
 */
final class ThrowAwayDatabaseContextCustomizerFactory implements ContextCustomizerFactory {

	private static final String JOOQ_TEST = "org.springframework.boot.jooq.test.autoconfigure.JooqTest";

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> configAttributes) {
		AutoConfigureTestDatabase annotation = TestContextAnnotationUtils.findMergedAnnotation(testClass,
				AutoConfigureTestDatabase.class);
		boolean replaces = (annotation != null) ? annotation.replace() == Replace.NON_TEST
				: MergedAnnotations.search(MergedAnnotations.SearchStrategy.TYPE_HIERARCHY)
					.withEnclosingClasses(TestContextAnnotationUtils::searchEnclosingClass)
					.from(testClass)
					.isPresent(JOOQ_TEST);
		return replaces ? ThrowAwayDatabaseContextCustomizer.INSTANCE : null;
	}

}
