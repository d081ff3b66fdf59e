CREATE TABLE ship (
	id INTEGER NOT NULL PRIMARY KEY,
	name VARCHAR(50) NOT NULL UNIQUE,
	built DATE,
	tonnage DECIMAL(10, 2),
	active BOOLEAN NOT NULL DEFAULT 1
);
CREATE TABLE voyage (
	id INTEGER PRIMARY KEY,
	ship_id INTEGER NOT NULL CONSTRAINT fk_voyage_ship REFERENCES ship (id),
	harbour TEXT NOT NULL,
	sailed TIMESTAMP
);
CREATE VIEW last_voyage AS SELECT ship_id, max(sailed) AS sailed FROM voyage GROUP BY ship_id;
