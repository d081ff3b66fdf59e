CREATE TABLE author (
	id INTEGER PRIMARY KEY,
	name VARCHAR(100) NOT NULL UNIQUE,
	born DATE,
	active BOOLEAN NOT NULL,
	version INTEGER NOT NULL
);
CREATE TABLE book (
	id INTEGER PRIMARY KEY,
	author_id BIGINT NOT NULL REFERENCES author,
	title VARCHAR(200) NOT NULL,
	price NUMERIC(10, 2),
	genre VARCHAR(20),
	isbn CHAR(36),
	published TIMESTAMP,
	printed TIMESTAMP,
	opens TIME,
	cover BLOB,
	rating DOUBLE
);
CREATE TABLE book_keywords (
	book_id BIGINT NOT NULL REFERENCES book,
	keyword VARCHAR(50)
);
