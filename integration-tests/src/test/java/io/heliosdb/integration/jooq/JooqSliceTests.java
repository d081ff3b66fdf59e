package io.heliosdb.integration.jooq;

import java.sql.SQLException;

import javax.sql.DataSource;

import io.heliosdb.boot.timetravel.TimeTravelRepository;
import io.heliosdb.integration.ThrowAway;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jooq.test.autoconfigure.JooqTest;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;

/** {@code @JooqTest} with the test starter. */
@JooqTest(properties = { "heliosdb.path=" + ThrowAway.CONFIGURED,
		"spring.sql.init.schema-locations=classpath:io/heliosdb/integration/jooq/schema.sql",
		"spring.flyway.enabled=false", "spring.liquibase.enabled=false" })
class JooqSliceTests {

	@Test
	void queriesRunOnAThrowAwayDatabase(@Autowired DSLContext dsl, @Autowired DataSource dataSource)
			throws SQLException {
		assertThat(dsl.dialect()).isEqualTo(SQLDialect.SQLITE);
		dsl.execute("INSERT INTO ship (name) VALUES ('Fram')");
		assertThat(dsl.fetchValue("SELECT name FROM ship WHERE name = 'Fram'")).isEqualTo("Fram");
		ThrowAway.check(dataSource);
	}

	@Test
	@Transactional(propagation = Propagation.NOT_SUPPORTED)
	void thePastIsThere(@Autowired DSLContext dsl, @Autowired TimeTravelRepository timeTravel) {
		dsl.execute("INSERT INTO ship (id, name) VALUES (7, 'Maud')");
		long before = timeTravel.currentScn();
		dsl.execute("UPDATE ship SET name = 'Polarskip' WHERE id = 7");
		assertThat(dsl.fetchValue("SELECT name FROM ship AS OF SCN ? WHERE id = 7", before)).isEqualTo("Maud");
		assertThat(dsl.fetchValue("SELECT name FROM ship WHERE id = 7")).isEqualTo("Polarskip");
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Fleet {

	}

}
