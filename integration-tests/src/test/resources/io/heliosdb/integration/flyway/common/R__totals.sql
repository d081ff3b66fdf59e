DROP VIEW IF EXISTS total;
CREATE VIEW total AS SELECT sum(balance) AS balance FROM account;
