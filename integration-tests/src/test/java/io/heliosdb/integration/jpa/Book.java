package io.heliosdb.integration.jpa;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Lob;
import jakarta.persistence.ManyToOne;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

@Entity
class Book {

	@Id
	@GeneratedValue(strategy = GenerationType.IDENTITY)
	private Long id;

	@ManyToOne(fetch = FetchType.LAZY, optional = false)
	private Author author;

	@Column(nullable = false, length = 200)
	private String title;

	@Column(precision = 10, scale = 2)
	private BigDecimal price;

	@Enumerated(EnumType.STRING)
	@Column(length = 20)
	private Genre genre;

	@JdbcTypeCode(SqlTypes.CHAR)
	private UUID isbn;

	private Instant published;

	private LocalDateTime printed;

	private LocalTime opens;

	@Lob
	private byte[] cover;

	private double rating;

	@ElementCollection
	@Column(name = "keyword", length = 50)
	private List<String> keywords = new ArrayList<>();

	Book() {
	}

	Book(String title) {
		this.title = title;
	}

	Book(String title, BigDecimal price, Genre genre, UUID isbn, Instant published, LocalDateTime printed,
			LocalTime opens, byte[] cover, double rating, List<String> keywords) {
		this.title = title;
		this.price = price;
		this.genre = genre;
		this.isbn = isbn;
		this.published = published;
		this.printed = printed;
		this.opens = opens;
		this.cover = cover;
		this.rating = rating;
		this.keywords = keywords;
	}

	enum Genre {

		NOVEL, SCIENCE

	}

	void setAuthor(Author author) {
		this.author = author;
	}

	Long getId() {
		return this.id;
	}

	Author getAuthor() {
		return this.author;
	}

	String getTitle() {
		return this.title;
	}

	BigDecimal getPrice() {
		return this.price;
	}

	Genre getGenre() {
		return this.genre;
	}

	UUID getIsbn() {
		return this.isbn;
	}

	Instant getPublished() {
		return this.published;
	}

	LocalDateTime getPrinted() {
		return this.printed;
	}

	LocalTime getOpens() {
		return this.opens;
	}

	byte[] getCover() {
		return this.cover;
	}

	double getRating() {
		return this.rating;
	}

	List<String> getKeywords() {
		return this.keywords;
	}

}
