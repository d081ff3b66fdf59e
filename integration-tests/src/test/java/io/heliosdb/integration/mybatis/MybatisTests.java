package io.heliosdb.integration.mybatis;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.Application;
import io.heliosdb.integration.Application.Tool;
import io.heliosdb.integration.Rows;
import io.heliosdb.integration.mybatis.Task.Priority;
import org.apache.ibatis.cursor.Cursor;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** MyBatis with its starter for Spring Boot. */
class MybatisTests {

	private static final Instant CREATED = Instant.parse("2026-03-29T01:30:00.5Z");

	@TempDir
	private Path folder;

	private ConfigurableApplicationContext context;

	private TaskMapper tasks;

	@BeforeEach
	void start() {
		this.context = Application.run(Tasks.class, this.folder.resolve("tasks.db"), EnumSet.of(Tool.MYBATIS),
				"spring.sql.init.schema-locations=classpath:io/heliosdb/integration/mybatis/schema.sql",
				"mybatis.mapper-locations=classpath:io/heliosdb/integration/mybatis/*.xml");
		this.tasks = this.context.getBean(TaskMapper.class);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void aRowComesBackAsItWasInserted() throws SQLException {
		Task task = new Task("paint", Priority.HIGH, LocalDate.of(2026, 3, 29), CREATED);
		assertThat(this.tasks.insert(task)).isOne();
		assertThat(task.getId()).isEqualTo(1);
		assertThat(this.tasks.find(1)).usingRecursiveComparison().isEqualTo(task);
		assertThat(this.tasks.setDone(1, true)).isOne();
		assertThat(rows("SELECT * FROM task"))
			.containsExactly("1, 'paint', 1, 'HIGH', '2026-03-29', '2026-03-29 01:30:00.5'");
	}

	@Test
	void everyRowOfAnInsertGetsItsKey() throws SQLException {
		List<Task> inserted = List.of(task("a"), task("b"), task("c"));
		assertThat(this.tasks.insertAll(inserted)).isEqualTo(3);
		assertThat(inserted).extracting(Task::getId).containsExactly(1L, 2L, 3L);
		assertThat(rows("SELECT id, title FROM task ORDER BY id")).containsExactly("1, 'a'", "2, 'b'", "3, 'c'");
	}

	@Test
	void dynamicSqlAndNestedResultsWork() {
		this.tasks.insertAll(List.of(task("paint wall"), task("wash car"), task("wallpaper")));
		this.tasks.label(1, "home");
		this.tasks.label(1, "colour");
		assertThat(this.tasks.search("wall", null)).extracting(Task::getTitle)
			.containsExactly("paint wall", "wallpaper");
		assertThat(this.tasks.search(null, List.of(1L, 2L))).extracting(Task::getLabels)
			.containsExactly(List.of("colour", "home"), List.of());
	}

	@Test
	void aCursorStreamsWithinATransaction() {
		this.tasks.insertAll(List.of(task("a"), task("b"), task("c")));
		List<String> titles = transaction().execute((status) -> {
			List<String> read = new ArrayList<>();
			try (Cursor<Task> cursor = this.tasks.all()) {
				cursor.forEach((task) -> read.add(task.getTitle()));
			}
			catch (java.io.IOException ex) {
				throw new java.io.UncheckedIOException(ex);
			}
			return read;
		});
		assertThat(titles).containsExactly("a", "b", "c");
	}

	@Test
	void aBatchSessionWritesAllAtOnce() throws SQLException {
		try (SqlSession session = this.context.getBean(SqlSessionFactory.class).openSession(ExecutorType.BATCH)) {
			TaskMapper batch = session.getMapper(TaskMapper.class);
			List<Task> inserted = List.of(task("a"), task("b"), task("c"));
			inserted.forEach(batch::insert);
			session.flushStatements();
			session.commit();
			assertThat(inserted).extracting(Task::getId).containsExactly(1L, 2L, 3L);
		}
		assertThat(rows("SELECT count(*) FROM task")).containsExactly("3");
	}

	@Test
	void aFailedTransactionLeavesNothing() throws SQLException {
		this.tasks.insert(task("a"));
		assertThatExceptionOfType(DuplicateKeyException.class)
			.isThrownBy(() -> transaction().executeWithoutResult((status) -> {
				this.tasks.insert(task("b"));
				this.tasks.insert(task("a"));
			}));
		assertThat(rows("SELECT title FROM task")).containsExactly("'a'");
	}

	@Test
	void mappersReadThePast() {
		this.tasks.insert(task("a"));
		long before = this.context.getBean(TimeTravelRepository.class).currentScn();
		this.tasks.setDone(1, true);
		assertThat(this.tasks.findAsOf(1, before).isDone()).isFalse();
		assertThat(this.tasks.find(1).isDone()).isTrue();
	}

	private TransactionTemplate transaction() {
		return new TransactionTemplate(this.context.getBean(PlatformTransactionManager.class));
	}

	private List<String> rows(String sql) throws SQLException {
		return Rows.of(this.context.getBean(DataSource.class), sql);
	}

	private static Task task(String title) {
		return new Task(title, Priority.LOW, null, CREATED);
	}

	@SpringBootApplication
	static class Tasks {

	}

}
