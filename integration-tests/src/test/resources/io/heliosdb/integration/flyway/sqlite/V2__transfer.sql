UPDATE account SET balance = balance - 30 WHERE owner = 'Ada; the first';
UPDATE account SET balance = balance + 30 WHERE owner = 'Bo';
