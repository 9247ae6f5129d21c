-- How long people's data is kept.

-- When what was known of people was taken out of an order; nothing again once something happens to it.
ALTER TABLE orders ADD COLUMN erased_at BIGINT NULL;
CREATE INDEX orders_by_erasure ON orders (erased_at, id);

CREATE INDEX captures_by_payer ON captures (payer_key);

-- Orders whose people asked to be forgotten while money of them was still open.
CREATE TABLE erasures_waiting (
    order_id VARCHAR(32) NOT NULL PRIMARY KEY,
    asked_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
