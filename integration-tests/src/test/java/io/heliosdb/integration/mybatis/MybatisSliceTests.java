package io.heliosdb.integration.mybatis;

import java.sql.SQLException;
import java.time.Instant;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.ThrowAway;
import io.heliosdb.integration.mybatis.Task.Priority;
import org.junit.jupiter.api.Test;
import org.mybatis.spring.boot.test.autoconfigure.MybatisTest;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code @MybatisTest} with the test starter. */
@MybatisTest(properties = { "heliosdb.path=" + ThrowAway.CONFIGURED,
		"spring.sql.init.schema-locations=classpath:io/heliosdb/integration/mybatis/schema.sql",
		"mybatis.mapper-locations=classpath:io/heliosdb/integration/mybatis/*.xml", "spring.flyway.enabled=false",
		"spring.liquibase.enabled=false" })
class MybatisSliceTests {

	@Test
	void mappersWorkOnAThrowAwayDatabase(@Autowired TaskMapper tasks, @Autowired DataSource dataSource)
			throws SQLException {
		Task task = new Task("paint", Priority.HIGH, null, Instant.EPOCH);
		tasks.insert(task);
		assertThat(tasks.find(task.getId()).getTitle()).isEqualTo("paint");
		ThrowAway.check(dataSource);
	}

	@Test
	@Transactional(propagation = Propagation.NOT_SUPPORTED)
	void thePastIsThere(@Autowired TaskMapper tasks, @Autowired TimeTravelRepository timeTravel) {
		Task task = new Task("wash", Priority.LOW, null, Instant.EPOCH);
		tasks.insert(task);
		long before = timeTravel.currentScn();
		tasks.setDone(task.getId(), true);
		assertThat(tasks.findAsOf(task.getId(), before).isDone()).isFalse();
		assertThat(tasks.find(task.getId()).isDone()).isTrue();
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Tasks {

	}

}
