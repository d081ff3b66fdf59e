ALTER TABLE city ADD COLUMN capital INTEGER NOT NULL DEFAULT 0;

INSERT INTO city (name, capital) VALUES ('Oslo', 1);
