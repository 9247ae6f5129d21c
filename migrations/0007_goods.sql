-- Goods that are taken off the shop's pages, and who changed them last.

ALTER TABLE products ADD COLUMN hidden_at BIGINT NULL;
ALTER TABLE products ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
