package io.heliosdb.integration.jpa;

import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.integration.ThrowAway;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.jpa.test.autoconfigure.DataJpaTest;
import org.springframework.boot.jpa.test.autoconfigure.TestEntityManager;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code @DataJpaTest} with the test starter. */
@DataJpaTest(properties = { "heliosdb.path=" + ThrowAway.CONFIGURED, "spring.jpa.hibernate.ddl-auto=create",
		"spring.flyway.enabled=false", "spring.liquibase.enabled=false" })
class DataJpaSliceTests {

	@Test
	void entitiesAreSavedToAThrowAwayDatabase(@Autowired Authors authors, @Autowired TestEntityManager entities,
			@Autowired DataSource dataSource) throws SQLException {
		Author ada = entities.persistFlushFind(new Author("Ada", null));
		assertThat(authors.findByNameStartingWith("A")).containsExactly(ada);
		ThrowAway.check(dataSource);
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	@EntityScan
	@EnableJpaRepositories
	static class Library {

	}

}
