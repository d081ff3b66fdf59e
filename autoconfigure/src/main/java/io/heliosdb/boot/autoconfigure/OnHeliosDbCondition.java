package io.heliosdb.boot.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/**
 * Matches if Boot is about to build a data source, and for HeliosDB: there is a
 * connection pool or an explicit type, and no URL or one of HeliosDB. Without a pool Boot
 * builds a data source for an embedded H2, if anything.
 */
class OnHeliosDbCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("HeliosDB");
		if (DataSourceBuilder.findType(context.getClassLoader()) == null
				&& !context.getEnvironment().containsProperty("spring.datasource.type")) {
			return ConditionOutcome.noMatch(message.didNotFind("supported DataSource").atAll());
		}
		String url = Binder.get(context.getEnvironment()).bind("spring.datasource.url", String.class).orElse("");
		if (!StringUtils.hasText(url)) {
			return ConditionOutcome.match(message.because("spring.datasource.url is not set"));
		}
		return new ConditionOutcome(url.startsWith(HeliosDbConnectionDetails.URL_PREFIX),
				message.because("spring.datasource.url is set"));
	}

}
