CREATE TABLE half (a);

INSERT INTO nowhere VALUES (1);
