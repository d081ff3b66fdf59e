CREATE TABLE half (id INTEGER PRIMARY KEY);
INSERT INTO account (owner, balance) VALUES ('Dan', -1);
