package io.heliosdb.samples.timetravel;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Tells how a mass update went wrong, what it did, and how it was undone.
 */
@SpringBootApplication
public class TimeTravelApplication {

	public static void main(String[] args) {
		SpringApplication.run(TimeTravelApplication.class, args);
	}

}
