package io.heliosdb.boot.timetravel;

import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import javax.sql.DataSource;

import io.heliosdb.boot.autoconfigure.HeliosDbAutoConfiguration;
import io.heliosdb.boot.autoconfigure.HeliosDbTimeTravelAutoConfiguration;
import io.heliosdb.jdbc.PointInTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionManagerCustomizationAutoConfiguration;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Tests for {@link AsOf} and {@link TimeTravelRepository#callAsOf}. */
class AsOfTests {

	@TempDir
	private Path folder;

	private final ApplicationContextRunner withoutTransactions = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(HeliosDbAutoConfiguration.class, DataSourceAutoConfiguration.class,
				JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class,
				HeliosDbTimeTravelAutoConfiguration.class))
		.withBean(Inner.class)
		.withBean(Cities.class)
		.withBean(TaggedCities.class)
		.withBean(CityFinder.class, JdbcCityFinder::new);

	private final ApplicationContextRunner runner = this.withoutTransactions
		.withConfiguration(AutoConfigurations.of(DataSourceTransactionManagerAutoConfiguration.class,
				TransactionAutoConfiguration.class, TransactionManagerCustomizationAutoConfiguration.class));

	/** Runs on a database whose city was Oslo at the tag, and is Christiania now. */
	private void run(Consumer<AssertableApplicationContext> test) {
		run(this.runner, test);
	}

	private void run(ApplicationContextRunner runner, Consumer<AssertableApplicationContext> test) {
		runner.withPropertyValues("heliosdb.path=" + this.folder.resolve("app.db")).run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			jdbc.sql("CREATE TABLE city (name TEXT)").update();
			jdbc.sql("INSERT INTO city VALUES ('Oslo')").update();
			context.getBean(TimeTravelRepository.class).tag("then");
			jdbc.sql("UPDATE city SET name = 'Christiania'").update();
			test.accept(context);
			assertThat(jdbc.sql("SELECT count(*) FROM city WHERE name <> 'Oslo'").query(Long.class).single()).isOne();
		});
	}

	@Test
	void parameterTellsThePoint() {
		run((context) -> {
			Cities cities = context.getBean(Cities.class);
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			long scn = repository.resolve(PointInTime.tag("then"));
			Instant time = repository.timeOf(PointInTime.scn(scn));
			assertThat(cities.at(PointInTime.tag("then"))).containsExactly("Oslo");
			assertThat(cities.at(time)).containsExactly("Oslo");
			assertThat(cities.at(time.atOffset(ZoneOffset.ofHours(2)))).containsExactly("Oslo");
			assertThat(cities.at(time.atZone(ZoneOffset.UTC))).containsExactly("Oslo");
			assertThat(cities.at(LocalDateTime.ofInstant(time, ZoneOffset.UTC))).containsExactly("Oslo");
			assertThat(cities.at(scn)).containsExactly("Oslo");
			assertThat(cities.at((int) scn)).containsExactly("Oslo");
			assertThat(cities.at("tag:then")).containsExactly("Oslo");
			assertThat(cities.at("then")).containsExactly("Oslo");
			assertThat(cities.at("scn:" + scn)).containsExactly("Oslo");
			assertThat(cities.at(time.toString())).containsExactly("Oslo");
			assertThat(cities.at(Optional.of(scn))).containsExactly("Oslo");
			assertThat(cities.at(PointInTime.now())).containsExactly("Christiania");
			assertThat(cities.at(millisecondAfter(repository.timeOf(PointInTime.now()))))
				.containsExactly("Christiania");
		});
	}

	/** The beginning of the next millisecond, which is over. */
	private static Date millisecondAfter(Instant time) {
		Instant next = time.truncatedTo(ChronoUnit.MILLIS).plusMillis(1);
		while (!Instant.now().isAfter(next)) {
			Thread.onSpinWait();
		}
		return Date.from(next);
	}

	@Test
	void parameterThatIsNullMeansThePresent() {
		run((context) -> {
			Cities cities = context.getBean(Cities.class);
			assertThat(cities.at(null)).containsExactly("Christiania");
			assertThat(cities.at(Optional.empty())).containsExactly("Christiania");
		});
	}

	@Test
	void argumentThatIsNoPointIsRefused() {
		run((context) -> {
			Cities cities = context.getBean(Cities.class);
			assertThatIllegalArgumentException().isThrownBy(() -> cities.at(LocalDate.EPOCH))
				.withMessageContaining("java.time.LocalDate")
				.withMessageContaining("Cities.at");
			assertThatIllegalArgumentException().isThrownBy(() -> cities.at("2026-99-99"))
				.withMessageContaining("2026-99-99");
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> cities.at("nowhere"))
				.withMessageContaining("nowhere");
		});
	}

	@Test
	void methodTellsThePoint() {
		run((context) -> {
			assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
			assertThat(context.getBean(Cities.class).atTheTagOf(new Request("then"))).containsExactly("Oslo");
			assertThat(context.getBean(Cities.class).atTheTagOf(new Request(null))).containsExactly("Christiania");
		});
	}

	@Test
	void classTellsThePointOfAllItsMethods() {
		run((context) -> {
			assertThat(context.getBean(TaggedCities.class).names()).containsExactly("Oslo");
			assertThat(context.getBean(TaggedCities.class).namesNow()).containsExactly("Christiania");
		});
	}

	@Test
	void interfaceTellsThePoint() {
		run((context) -> assertThat(context.getBean(CityFinder.class).names("then")).containsExactly("Oslo"));
	}

	@Test
	void annotationWithoutAPointIsRefused() {
		run((context) -> assertThatIllegalStateException().isThrownBy(() -> context.getBean(Cities.class).nowhere())
			.withMessageContaining("does not say which point"));
	}

	@Test
	void everythingInsideReadsThePast() {
		run((context) -> {
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			DataSource dataSource = context.getBean(DataSource.class);
			String name = repository.callAsOf(PointInTime.tag("then"), () -> {
				assertThat(context.getBean(Inner.class).names()).containsExactly("Oslo");
				assertThat(context.getBean(Inner.class).namesInAReadOnlyTransaction()).containsExactly("Oslo");
				assertThat(context.getBean(Inner.class).namesInATransaction()).containsExactly("Oslo");
				assertThat(JdbcClient.create(new TransactionAwareDataSourceProxy(dataSource))
					.sql("SELECT name FROM city")
					.query(String.class)
					.list()).containsExactly("Oslo");
				return "result";
			});
			assertThat(name).isEqualTo("result");
			assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		});
	}

	@Test
	void nothingStaysBoundWhenTheCallFails() {
		run((context) -> {
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			assertThatIllegalStateException().isThrownBy(() -> repository.runAsOf(PointInTime.tag("then"), () -> {
				throw new IllegalStateException("failed");
			})).withMessage("failed");
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> repository.runAsOf(PointInTime.scn(Long.MAX_VALUE), () -> {
				}));
			assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
			assertThat(context.getBean(Inner.class).names()).containsExactly("Christiania");
		});
	}

	@Test
	void whatWritesFails() {
		run((context) -> {
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			for (Runnable writing : List.<Runnable>of(() -> context.getBean(Inner.class).write(),
					() -> context.getBean(Inner.class).writeInATransaction())) {
				assertThatExceptionOfType(DataAccessException.class)
					.isThrownBy(() -> repository.runAsOf(PointInTime.tag("then"), writing))
					.withMessageContaining("reads the past");
			}
		});
	}

	@Test
	void transactionThatIsActiveIsSuspended() {
		run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			context.getBean(TransactionTemplate.class).executeWithoutResult((status) -> {
				jdbc.sql("INSERT INTO city VALUES ('Rome')").update();
				assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
				assertThat(jdbc.sql("SELECT count(*) FROM city").query(Long.class).single()).isEqualTo(2);
				status.setRollbackOnly();
			});
			assertThat(context.getBean(Inner.class).names()).containsExactly("Christiania");
		});
	}

	@Test
	void failureDoesNotRollBackTheSuspendedTransaction() {
		run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			context.getBean(TransactionTemplate.class).executeWithoutResult((status) -> {
				jdbc.sql("UPDATE city SET name = 'Rome'").update();
				assertThatExceptionOfType(DataAccessException.class)
					.isThrownBy(() -> context.getBean(TimeTravelRepository.class)
						.runAsOf(PointInTime.tag("then"), () -> context.getBean(Inner.class).writeInATransaction()));
			});
			assertThat(context.getBean(Inner.class).names()).containsExactly("Rome");
		});
	}

	@Test
	void callsNest() {
		run((context) -> {
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			Inner inner = context.getBean(Inner.class);
			repository.runAsOf(PointInTime.now(), () -> {
				assertThat(inner.names()).containsExactly("Christiania");
				assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
				context.getBean(TransactionTemplate.class).executeWithoutResult((status) -> {
					assertThat(inner.names()).containsExactly("Christiania");
					assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
					assertThat(inner.names()).containsExactly("Christiania");
				});
				assertThat(inner.names()).containsExactly("Christiania");
			});
		});
	}

	@Test
	void transactionOnThePastIsNotSuspendedForOneOnThePresent() {
		run((context) -> {
			TimeTravelRepository repository = context.getBean(TimeTravelRepository.class);
			Inner inner = context.getBean(Inner.class);
			for (Runnable suspending : List.<Runnable>of(inner::namesInANewTransaction,
					inner::namesWithoutTransaction)) {
				assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> repository.runAsOf(PointInTime.tag("then"),
							() -> context.getBean(TransactionTemplate.class)
								.executeWithoutResult((status) -> suspending.run())))
					.withMessageContaining("would read the present");
			}
			assertThat(repository.callAsOf(PointInTime.tag("then"), inner::namesInANewTransaction))
				.containsExactly("Oslo");
			assertThat(repository.callAsOf(PointInTime.tag("then"), inner::namesWithoutTransaction))
				.containsExactly("Oslo");
			assertThat(TransactionSynchronizationManager.getResourceMap()).isEmpty();
		});
	}

	@Test
	void callWithinATransactionDoesNotWaitForASecondConnectionOfThePool() {
		run(this.runner.withPropertyValues("spring.datasource.hikari.maximum-pool-size=1"), (context) -> {
			assertThat(context.getBean(Cities.class).at("then")).containsExactly("Oslo");
			context.getBean(TransactionTemplate.class).executeWithoutResult((status) -> {
				assertThat(context.getBean(Inner.class).names()).containsExactly("Christiania");
				assertThat(context.getBean(Cities.class).at("then")).containsExactly("Oslo");
				assertThat(context.getBean(Cities.class).at("now")).containsExactly("Christiania");
			});
		});
	}

	@Test
	void otherThreadsReadThePresent() {
		run((context) -> context.getBean(TimeTravelRepository.class)
			.runAsOf(PointInTime.tag("then"),
					() -> assertThat(CompletableFuture.supplyAsync(context.getBean(Inner.class)::names).join())
						.containsExactly("Christiania")));
	}

	@Test
	void worksWithoutATransactionManager() {
		run(this.withoutTransactions, (context) -> {
			assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
			assertThat(context.getBean(Cities.class).at(null)).containsExactly("Christiania");
		});
	}

	@Test
	void transactionThatNobodyCanSuspendIsRefused() {
		run(this.withoutTransactions, (context) -> {
			TransactionTemplate transaction = new TransactionTemplate(
					new org.springframework.jdbc.support.JdbcTransactionManager(context.getBean(DataSource.class)));
			transaction
				.executeWithoutResult((status) -> assertThatExceptionOfType(IllegalTransactionStateException.class)
					.isThrownBy(() -> context.getBean(Cities.class).atTheTag())
					.withMessageContaining("cannot be suspended"));
		});
	}

	@Test
	void connectionThatIsBoundWithoutATransactionComesBack() {
		run((context) -> {
			DataSource dataSource = context.getBean(DataSource.class);
			TransactionTemplate supports = new TransactionTemplate(
					context.getBean(TransactionTemplate.class).getTransactionManager());
			supports.setPropagationBehavior(org.springframework.transaction.TransactionDefinition.PROPAGATION_SUPPORTS);
			supports.executeWithoutResult((status) -> {
				java.sql.Connection bound = DataSourceUtils.getConnection(dataSource);
				assertThat(context.getBean(Cities.class).atTheTag()).containsExactly("Oslo");
				assertThat(DataSourceUtils.getConnection(dataSource)).isSameAs(bound);
			});
		});
	}

	record Request(@Nullable String tag) {
	}

	static class Cities {

		private final Inner inner;

		Cities(Inner inner) {
			this.inner = inner;
		}

		List<String> at(@AsOf @Nullable Object point) {
			return this.inner.namesInAReadOnlyTransaction();
		}

		@AsOf("tag:then")
		List<String> atTheTag() {
			return this.inner.names();
		}

		@AsOf("#request.tag")
		@Transactional(readOnly = true)
		List<String> atTheTagOf(Request request) {
			return this.inner.names();
		}

		@AsOf
		List<String> nowhere() {
			return this.inner.names();
		}

	}

	@AsOf("then")
	static class TaggedCities {

		private final Inner inner;

		TaggedCities(Inner inner) {
			this.inner = inner;
		}

		List<String> names() {
			return this.inner.names();
		}

		@AsOf("now")
		List<String> namesNow() {
			return this.inner.names();
		}

	}

	interface CityFinder {

		List<String> names(@AsOf String point);

	}

	static class JdbcCityFinder implements CityFinder {

		@org.springframework.beans.factory.annotation.Autowired
		private Inner inner;

		@Override
		public List<String> names(String point) {
			return this.inner.names();
		}

	}

	/** What is there already, and knows nothing of the past. */
	static class Inner {

		private final JdbcClient jdbc;

		Inner(JdbcClient jdbc) {
			this.jdbc = jdbc;
		}

		List<String> names() {
			return this.jdbc.sql("SELECT name FROM city").query(String.class).list();
		}

		@Transactional(readOnly = true)
		List<String> namesInAReadOnlyTransaction() {
			return names();
		}

		@Transactional
		List<String> namesInATransaction() {
			return names();
		}

		@Transactional(propagation = Propagation.REQUIRES_NEW)
		List<String> namesInANewTransaction() {
			return names();
		}

		@Transactional(propagation = Propagation.NOT_SUPPORTED)
		List<String> namesWithoutTransaction() {
			return names();
		}

		void write() {
			this.jdbc.sql("DELETE FROM city").update();
		}

		@Transactional
		void writeInATransaction() {
			write();
		}

	}

}
