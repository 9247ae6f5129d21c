-- Goods are packed, then handed over to somebody; and an order may wait to be cancelled until its prompt has ended.
ALTER TABLE orders ADD COLUMN packed_at BIGINT NULL;
-- The name of whoever took the goods, where somebody wrote it down.
ALTER TABLE orders ADD COLUMN taken_by_sealed VARBINARY(600) NULL;
-- Who wants it cancelled and why, without anybody's number; nothing when nobody does.
ALTER TABLE orders ADD COLUMN cancel_wanted VARCHAR(500) NULL;
