package io.heliosdb.integration.jpa;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Version;

@Entity
class Author {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private Long id;

	@Column(nullable = false, unique = true, length = 100)
	private String name;

	private LocalDate born;

	private boolean active = true;

	@Version
	private int version;

	@OneToMany(mappedBy = "author", cascade = CascadeType.ALL, orphanRemoval = true)
	@OrderBy("title")
	private List<Book> books = new ArrayList<>();

	Author() {
	}

	Author(String name, LocalDate born) {
		this.name = name;
		this.born = born;
	}

	Book add(Book book) {
		book.setAuthor(this);
		this.books.add(book);
		return book;
	}

	Long getId() {
		return this.id;
	}

	String getName() {
		return this.name;
	}

	void setName(String name) {
		this.name = name;
	}

	LocalDate getBorn() {
		return this.born;
	}

	boolean isActive() {
		return this.active;
	}

	int getVersion() {
		return this.version;
	}

	List<Book> getBooks() {
		return this.books;
	}

}
