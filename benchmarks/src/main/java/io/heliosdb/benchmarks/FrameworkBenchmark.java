package io.heliosdb.benchmarks;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.heliosdb.boot.data.HeliosDbDialect;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.cfg.JdbcSettings;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.data.jdbc.core.JdbcAggregateOperations;
import org.springframework.data.jdbc.core.dialect.JdbcDialect;
import org.springframework.data.jdbc.core.dialect.JdbcH2Dialect;
import org.springframework.data.jdbc.repository.config.AbstractJdbcConfiguration;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcOperations;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** Reads a row by its key through frameworks that map rows to objects. */
public class FrameworkBenchmark {

	/** What a repository's {@code findById} does. */
	@Benchmark
	public Item springDataJdbc(SpringData springData, Keys keys) {
		return springData.aggregates.findById(keys.next(), Item.class);
	}

	/** A session of its own each time, as for a request. */
	@Benchmark
	public Item hibernate(Hibernate hibernate, Keys keys) {
		try (Session session = hibernate.sessions.openSession()) {
			return session.find(ItemEntity.class, keys.next()).toItem();
		}
	}

	/** Spring Data JDBC on the pool. */
	@State(Scope.Benchmark)
	public static class SpringData {

		JdbcAggregateOperations aggregates;

		private AnnotationConfigApplicationContext context;

		@Setup
		public void open(Database database) {
			JdbcDialect dialect = isH2(database) ? JdbcH2Dialect.INSTANCE : HeliosDbDialect.INSTANCE;
			this.context = new AnnotationConfigApplicationContext();
			// The pool is the database's to close.
			this.context.registerBean(DataSource.class, database::pool,
					(definition) -> definition.setDestroyMethodName(""));
			this.context.registerBean(JdbcDialect.class, () -> dialect);
			this.context.register(SpringDataConfiguration.class);
			this.context.refresh();
			this.aggregates = this.context.getBean(JdbcAggregateOperations.class);
		}

		@TearDown
		public void close() {
			this.context.close();
		}

	}

	/** Hibernate on the pool. */
	@State(Scope.Benchmark)
	public static class Hibernate {

		SessionFactory sessions;

		@Setup
		public void open(Database database) {
			Configuration configuration = new Configuration().addAnnotatedClass(ItemEntity.class);
			configuration.getProperties().put(JdbcSettings.JAKARTA_NON_JTA_DATASOURCE, database.pool());
			this.sessions = configuration.buildSessionFactory();
		}

		@TearDown
		public void close() {
			this.sessions.close();
		}

	}

	private static boolean isH2(Database database) {
		return database.peer == Peer.H2 || database.peer == Peer.H2_NO_DELAY;
	}

	/** What Spring Boot would configure. */
	@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
	static class SpringDataConfiguration extends AbstractJdbcConfiguration {

		@org.springframework.context.annotation.Bean
		NamedParameterJdbcOperations operations(DataSource dataSource) {
			return new NamedParameterJdbcTemplate(dataSource);
		}

		@org.springframework.context.annotation.Bean
		PlatformTransactionManager transactionManager(DataSource dataSource) {
			return new DataSourceTransactionManager(dataSource);
		}

	}

}
