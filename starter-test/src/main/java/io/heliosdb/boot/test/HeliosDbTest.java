package io.heliosdb.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a JUnit test a database in a file of its own, without Spring: parameters of type
 * {@link javax.sql.DataSource} of test methods, of methods before and after them, and of
 * the constructor lead to it. It keeps history, so that time travel works, and is deleted
 * afterwards. Tests may run in parallel, each with its own database.
 *
 * <pre class="code">
 * &#064;HeliosDbTest(scripts = "schema.sql")
 * class NoteTests {
 *
 *     &#064;Test
 *     void textIsKept(DataSource dataSource) { … }
 *
 * }
 * </pre>
 */
@Target({ ElementType.TYPE, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(HeliosDbTestExtension.class)
public @interface HeliosDbTest {

	/**
	 * SQL scripts on the class path that are run on each new database, in this order.
	 * @return their names, such as {@code db/schema.sql}
	 */
	String[] scripts() default {};

	/**
	 * Parameters of the connections, as behind the {@code ?} of a URL.
	 * @return such as {@code synchronous=full}
	 */
	String[] parameters() default {};

	/**
	 * How long a database lives.
	 * @return {@link Scope#METHOD} unless all tests of the class shall share one
	 */
	Scope scope() default Scope.METHOD;

	/** How long a database lives. */
	enum Scope {

		/** Each test method has its own. */
		METHOD,

		/**
		 * All tests of the class have the same. They see what those before them wrote.
		 */
		CLASS

	}

}
