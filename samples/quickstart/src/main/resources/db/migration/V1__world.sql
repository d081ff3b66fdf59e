CREATE TABLE country (
	code TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	capital TEXT,
	continent TEXT NOT NULL,
	currency TEXT
) STRICT;

CREATE TABLE region (
	code TEXT NOT NULL PRIMARY KEY,
	country_code TEXT NOT NULL REFERENCES country (code),
	name TEXT NOT NULL
) STRICT;

CREATE INDEX region_country ON region (country_code);

CREATE TABLE city (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	region_code TEXT NOT NULL REFERENCES region (code),
	name TEXT NOT NULL,
	latitude REAL NOT NULL CHECK (latitude BETWEEN -90 AND 90),
	longitude REAL NOT NULL CHECK (longitude BETWEEN -180 AND 180),
	population INTEGER NOT NULL CHECK (population >= 0),
	UNIQUE (region_code, name)
) STRICT;

CREATE INDEX city_name ON city (name COLLATE NOCASE);
CREATE INDEX city_latitude ON city (latitude);

CREATE VIEW city_details AS
SELECT city.id, city.name, region.code AS region_code, region.name AS region, country.code AS country_code,
	country.name AS country, city.latitude, city.longitude, city.population
FROM city
JOIN region ON region.code = city.region_code
JOIN country ON country.code = region.country_code;
