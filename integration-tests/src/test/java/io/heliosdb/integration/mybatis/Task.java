package io.heliosdb.integration.mybatis;

import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** A row of the table task; MyBatis sets the fields. */
public class Task {

	private Long id;

	private String title;

	private boolean done;

	private Priority priority = Priority.LOW;

	private LocalDate due;

	private Instant created;

	private List<String> labels = new ArrayList<>();

	Task() {
	}

	Task(String title, Priority priority, LocalDate due, Instant created) {
		this.title = title;
		this.priority = priority;
		this.due = due;
		this.created = created;
	}

	enum Priority {

		LOW, HIGH

	}

	Long getId() {
		return this.id;
	}

	String getTitle() {
		return this.title;
	}

	boolean isDone() {
		return this.done;
	}

	Priority getPriority() {
		return this.priority;
	}

	LocalDate getDue() {
		return this.due;
	}

	Instant getCreated() {
		return this.created;
	}

	List<String> getLabels() {
		return this.labels;
	}

}
