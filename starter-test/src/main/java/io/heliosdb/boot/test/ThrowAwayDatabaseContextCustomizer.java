package io.heliosdb.boot.test;

import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.util.StringUtils;

/**
 * Leads an application context to a database of its own, if HeliosDB is its database and
 * {@code spring.test.database.replace} is not set. Parameters in a configured URL stay.
 * Boot on its own would replace the data source by an H2 in memory.
 */
enum ThrowAwayDatabaseContextCustomizer implements ContextCustomizer {

	INSTANCE;

	private static final String REPLACE = "spring.test.database.replace";

	private static final String URL = "spring.datasource.url";

	private static final String PREFIX = "jdbc:heliosdb:";

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
		ConfigurableEnvironment environment = context.getEnvironment();
		String url = environment.getProperty(URL);
		boolean isHeliosDb = environment.getProperty("heliosdb.enabled", Boolean.class, true)
				&& (!StringUtils.hasText(url) || url.startsWith(PREFIX));
		if (!isHeliosDb || environment.containsProperty(REPLACE)) {
			return;
		}
		ThrowAwayDatabase database = new ThrowAwayDatabase();
		Map<String, Object> properties = new LinkedHashMap<>();
		properties.put(REPLACE, "NONE");
		properties.put("heliosdb.path", database.file().toString());
		if (StringUtils.hasText(url)) {
			int question = url.indexOf('?');
			properties.put(URL, PREFIX + database.file() + ((question >= 0) ? url.substring(question) : ""));
		}
		environment.getPropertySources().addFirst(new MapPropertySource("heliosDbTestDatabase", properties));
		// The first bean is destroyed last, when the pool has closed.
		((DefaultListableBeanFactory) context.getBeanFactory()).registerDisposableBean("heliosDbTestDatabase",
				database::close);
	}

}
