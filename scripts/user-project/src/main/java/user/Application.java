package user;

import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;

/** Writes, changes, and reads the present and the past. */
@SpringBootApplication
public class Application {

	public static void main(String[] arguments) {
		SpringApplication.run(Application.class, arguments);
	}

	@Bean
	CommandLineRunner story(JdbcTemplate jdbc) {
		return (arguments) -> {
			jdbc.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
			jdbc.update("INSERT INTO note (text) VALUES (?)", "first");
			Long before = jdbc.queryForObject("PRAGMA heliosdb_scn", Long.class);
			jdbc.update("UPDATE note SET text = ?", "second");
			System.out.println("present: " + jdbc.queryForObject("SELECT text FROM note", String.class) + ", past: "
					+ jdbc.queryForObject("SELECT text FROM note AS OF SCN ?", String.class, before));
		};
	}

}
