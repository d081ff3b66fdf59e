package io.heliosdb.boot.timetravel;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.heliosdb.jdbc.PointInTime;

/**
 * Runs a method on the past, with everything in it that takes its connections from the
 * data source in Spring's way: {@code JdbcTemplate}, {@code JdbcClient}, Spring Data
 * JDBC, MyBatis, and jOOQ behind a {@code TransactionAwareDataSourceProxy}. What writes
 * fails. It works on beans that are called from outside, as {@code @Transactional} does.
 * <p>
 * On a parameter, the argument is the point: an {@link java.time.Instant},
 * {@link java.time.OffsetDateTime}, {@link java.time.ZonedDateTime},
 * {@link java.time.LocalDateTime} (in UTC), {@link java.util.Date}, a number (SCN), a
 * text as {@link PointInTime#parse} reads it, a {@link PointInTime}, or an
 * {@link java.util.Optional} of those. With {@code null}, or empty, the method runs on
 * the present.
 * <p>
 * On a method or a class, {@link #value()} tells the point. A parameter goes before the
 * method, and the method before the class.
 * <p>
 * A transaction that is active is suspended meanwhile; inside, transactions run on the
 * past. JPA takes connections by itself and so is not reached, nor are other threads.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ ElementType.TYPE, ElementType.METHOD, ElementType.PARAMETER })
public @interface AsOf {

	/**
	 * The point: a text as {@link PointInTime#parse} reads it, such as
	 * {@code tag:before-import}, or a SpEL expression that starts with {@code #}, in
	 * which parameters are variables, such as {@code #request.since}. Not used on a
	 * parameter.
	 * @return the point
	 */
	String value() default "";

}
