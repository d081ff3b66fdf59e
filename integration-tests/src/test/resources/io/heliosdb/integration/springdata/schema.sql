CREATE TABLE customer (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	active INTEGER NOT NULL,
	balance DECIMAL(12, 2),
	level TEXT,
	token TEXT,
	photo BLOB,
	version INTEGER NOT NULL
);
CREATE TABLE address (
	customer INTEGER NOT NULL REFERENCES customer,
	street TEXT NOT NULL,
	city TEXT NOT NULL
);
CREATE TABLE moments (
	id INTEGER PRIMARY KEY,
	instant TIMESTAMP,
	instant_text TEXT,
	local TIMESTAMP,
	local_text TEXT,
	day DATE,
	day_text TEXT,
	time_text TEXT,
	"offset" TIMESTAMP,
	yes BOOLEAN,
	no INTEGER
);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE "order" (id INTEGER PRIMARY KEY, "group" TEXT);
