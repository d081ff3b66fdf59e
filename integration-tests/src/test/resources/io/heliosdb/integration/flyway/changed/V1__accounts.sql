CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	owner TEXT NOT NULL,
	balance INTEGER NOT NULL CHECK (balance >= 0)
);
CREATE TRIGGER account_log AFTER UPDATE OF balance ON account
BEGIN
	INSERT INTO movement (account, amount) VALUES (new.id, new.balance - old.balance);
END;
CREATE TABLE movement (
	account INTEGER NOT NULL REFERENCES account,
	amount INTEGER NOT NULL
);
INSERT INTO account (owner, balance) VALUES ('Ada; the first', 100), ('Cleo', 50);
