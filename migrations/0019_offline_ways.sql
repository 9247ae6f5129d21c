-- The way to pay without requests that a customer chose: a bank, or cash at hand-over.

ALTER TABLE orders ADD COLUMN offline_way VARCHAR(60);
