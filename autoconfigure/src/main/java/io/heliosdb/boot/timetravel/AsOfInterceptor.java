package io.heliosdb.boot.timetravel;

import java.lang.reflect.Method;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.heliosdb.jdbc.PointInTime;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodClassKey;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

/** Calls methods on the point that their {@link AsOf} tells. */
final class AsOfInterceptor implements MethodInterceptor {

	private static final String EXPRESSION_PREFIX = "#";

	private static final ParameterNameDiscoverer PARAMETER_NAMES = new DefaultParameterNameDiscoverer();

	private final Supplier<TimeTravelRepository> repository;

	private final SpelExpressionParser parser = new SpelExpressionParser();

	private final Map<MethodClassKey, Point> points = new ConcurrentHashMap<>();

	/**
	 * Creates an interceptor.
	 * @param repository the repository, asked for at the first call
	 */
	AsOfInterceptor(Supplier<TimeTravelRepository> repository) {
		this.repository = repository;
	}

	/** Whether anything says that a method is to run on the past. */
	static boolean appliesTo(Method method, Class<?> targetClass) {
		if (!AnnotationUtils.isCandidateClass(method.getDeclaringClass(), AsOf.class)) {
			return false;
		}
		AnnotatedMethod annotated = annotated(method, targetClass);
		return parameter(annotated) != null || annotation(annotated, targetClass) != null;
	}

	private static AnnotatedMethod annotated(Method method, Class<?> targetClass) {
		return new AnnotatedMethod(AopUtils.getMostSpecificMethod(method, targetClass));
	}

	private static @Nullable MethodParameter parameter(AnnotatedMethod method) {
		for (MethodParameter parameter : method.getMethodParameters()) {
			if (parameter.hasParameterAnnotation(AsOf.class)) {
				return parameter;
			}
		}
		return null;
	}

	private static @Nullable AsOf annotation(AnnotatedMethod method, Class<?> targetClass) {
		AsOf annotation = method.getMethodAnnotation(AsOf.class);
		return (annotation != null) ? annotation : AnnotatedElementUtils.findMergedAnnotation(targetClass, AsOf.class);
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		Object target = invocation.getThis();
		Class<?> targetClass = (target != null) ? AopUtils.getTargetClass(target)
				: invocation.getMethod().getDeclaringClass();
		Object value = this.points
			.computeIfAbsent(new MethodClassKey(invocation.getMethod(), targetClass),
					(key) -> point(invocation.getMethod(), targetClass))
			.of(invocation);
		PointInTime point = toPoint(value, invocation.getMethod());
		if (point == null) {
			return invocation.proceed();
		}
		AsOfCall<@Nullable Object, Throwable> call = invocation::proceed;
		return this.repository.get().callAsOf(point, call);
	}

	private Point point(Method method, Class<?> targetClass) {
		AnnotatedMethod annotated = annotated(method, targetClass);
		MethodParameter parameter = parameter(annotated);
		if (parameter != null) {
			int index = parameter.getParameterIndex();
			return (invocation) -> invocation.getArguments()[index];
		}
		AsOf annotation = annotation(annotated, targetClass);
		String text = (annotation != null) ? annotation.value() : "";
		Assert.state(StringUtils.hasText(text), () -> "@AsOf of " + method + " does not say which point: "
				+ "give it a value such as \"tag:before-import\", or put it on a parameter");
		if (!text.startsWith(EXPRESSION_PREFIX)) {
			return (invocation) -> text;
		}
		Expression expression = this.parser.parseExpression(text);
		return (invocation) -> expression.getValue(new MethodBasedEvaluationContext(invocation.getThis(),
				annotated.getMethod(), invocation.getArguments(), PARAMETER_NAMES));
	}

	private static @Nullable PointInTime toPoint(@Nullable Object value, Method method) {
		if (value instanceof Optional<?> optional) {
			return toPoint(optional.orElse(null), method);
		}
		if (value == null || value instanceof PointInTime) {
			return (PointInTime) value;
		}
		if (value instanceof Long || value instanceof Integer) {
			return PointInTime.scn(((Number) value).longValue());
		}
		if (value instanceof CharSequence text) {
			try {
				return PointInTime.parse(text.toString());
			}
			catch (SQLException ex) {
				throw new IllegalArgumentException("@AsOf of " + method + ": " + ex.getMessage(), ex);
			}
		}
		Instant instant = toInstant(value);
		if (instant == null) {
			throw new IllegalArgumentException("@AsOf of " + method + ": a " + value.getClass().getName()
					+ " is no point in time. Use an Instant, a number (SCN), a text or a PointInTime");
		}
		return PointInTime.of(instant);
	}

	private static @Nullable Instant toInstant(Object value) {
		if (value instanceof Instant instant) {
			return instant;
		}
		if (value instanceof OffsetDateTime dateTime) {
			return dateTime.toInstant();
		}
		if (value instanceof ZonedDateTime dateTime) {
			return dateTime.toInstant();
		}
		if (value instanceof LocalDateTime dateTime) {
			return dateTime.toInstant(ZoneOffset.UTC);
		}
		return (value instanceof Date date) ? Instant.ofEpochMilli(date.getTime()) : null;
	}

	/** Where a method's point comes from. */
	@FunctionalInterface
	private interface Point {

		@Nullable Object of(MethodInvocation invocation);

	}

}
