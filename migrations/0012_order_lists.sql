-- What the desk's lists of orders go by. An order's identity begins with the moment it was placed, so identities are in
-- the order of time, and a list reads one index from its newest end.

-- Whether it has any flag.
ALTER TABLE orders ADD COLUMN flagged BIGINT NOT NULL DEFAULT 0;
UPDATE orders SET flagged = 1 WHERE flags <> '';
CREATE INDEX orders_by_flag ON orders (flagged, id, flags);
CREATE INDEX orders_by_status_and_id ON orders (status, id);
CREATE INDEX orders_by_total ON orders (total_minor, id);
CREATE INDEX attempts_by_state_and_order ON attempts (state, order_id);
CREATE INDEX attempts_by_instance ON attempts (instance, order_id);
CREATE INDEX captures_by_instance ON captures (instance, order_id);
CREATE INDEX reviews_by_closing ON reviews (closed_at, order_id);

-- Keyed hashes of the beginnings of customers' names.
CREATE TABLE order_words (
    word_key VARBINARY(8) NOT NULL,
    order_id VARCHAR(32) NOT NULL,
    PRIMARY KEY (word_key, order_id)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- Filters of the list of orders that somebody gave a name.
CREATE TABLE staff_views (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    staff_id VARCHAR(32) NOT NULL,
    name VARCHAR(60) NOT NULL,
    -- What follows the question mark in the list's address; never what was typed to find somebody.
    query VARCHAR(400) NOT NULL,
    UNIQUE (staff_id, name)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
