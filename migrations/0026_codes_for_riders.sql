-- How many codes for riders an order has had before the one that counts: the next rider's customer has another one, for
-- the rider before may have heard it.
ALTER TABLE orders ADD COLUMN codes_before BIGINT NOT NULL DEFAULT 0;
