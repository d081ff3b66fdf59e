package io.heliosdb.boot.test;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.repository.ListCrudRepository;

/** The application whose slices are tested. */
@SpringBootConfiguration
@EnableAutoConfiguration
class TestApplication {

	@Table
	record Note(@Id Long id, String text) {
	}

	interface Notes extends ListCrudRepository<Note, Long> {

	}

}
