-- Money that comes without a prompt, money that goes back, and the evidence for both.

ALTER TABLE orders ADD COLUMN received_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN returned_minor BIGINT NOT NULL DEFAULT 0;
UPDATE orders SET received_minor =
    (SELECT COALESCE(SUM(amount_minor), 0) FROM captures WHERE captures.order_id = orders.id);

ALTER TABLE attempts ADD COLUMN heard_receipt VARCHAR(60) NULL;

-- A capture without an order is money that nobody could match yet; SQLite cannot drop a NOT NULL, so the table is made
-- anew.
CREATE TABLE captures_with_more (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    instance VARCHAR(60) NOT NULL,
    receipt VARCHAR(60) NULL,
    ticket VARCHAR(12) NULL UNIQUE,
    link BIGINT NOT NULL CHECK (link IN (0, 1, 2)),
    order_id VARCHAR(32) NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    returning_minor BIGINT NOT NULL DEFAULT 0,
    returned_minor BIGINT NOT NULL DEFAULT 0,
    currency VARCHAR(3) NOT NULL,
    evidence VARCHAR(12) NOT NULL,
    payer_sealed VARBINARY(200) NULL,
    account_sealed VARBINARY(300) NULL,
    payer_key VARBINARY(32) NULL,
    merged_into VARCHAR(32) NULL,
    provider_at BIGINT NULL,
    recorded_at BIGINT NOT NULL,
    UNIQUE (instance, receipt),
    CHECK (returned_minor >= 0),
    CHECK (returned_minor <= returning_minor),
    CHECK (returning_minor <= amount_minor)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
INSERT INTO captures_with_more (id, instance, receipt, ticket, link, order_id, amount_minor, currency, evidence,
        payer_sealed, provider_at, recorded_at)
    SELECT id, instance, receipt, ticket, 2, order_id, amount_minor, currency, evidence, payer_sealed, provider_at,
        recorded_at
    FROM captures;
DROP TABLE captures;
ALTER TABLE captures_with_more RENAME TO captures;
CREATE INDEX captures_by_order ON captures (order_id, recorded_at);
CREATE INDEX captures_by_time ON captures (instance, recorded_at);

-- The roads by which each capture was reported.
CREATE TABLE capture_evidence (
    capture_id VARCHAR(32) NOT NULL,
    road VARCHAR(12) NOT NULL,
    level VARCHAR(12) NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (capture_id, road)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
INSERT INTO capture_evidence (capture_id, road, level, at)
    SELECT id, CASE evidence WHEN 'L3' THEN 'query' ELSE 'callback' END, evidence, recorded_at FROM captures;

-- Keyed hashes of the forms in which a provider may name the people who may pay an order.
CREATE TABLE order_payers (
    order_id VARCHAR(32) NOT NULL,
    payer_key VARBINARY(32) NOT NULL,
    PRIMARY KEY (order_id, payer_key)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX order_payers_by_key ON order_payers (payer_key);

CREATE TABLE refunds (
    ticket VARCHAR(12) NOT NULL PRIMARY KEY,
    order_id VARCHAR(32) NULL,
    capture_id VARCHAR(32) NOT NULL,
    instance VARCHAR(60) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    way VARCHAR(12) NOT NULL,
    reason VARCHAR(400) NOT NULL,
    payee_sealed VARBINARY(400) NULL,
    state VARCHAR(12) NOT NULL,
    decline VARCHAR(3000) NULL,
    receipt VARCHAR(60) NULL,
    proof VARCHAR(200) NULL,
    requested_by VARCHAR(100) NOT NULL,
    requested_at BIGINT NOT NULL,
    approved_by VARCHAR(100) NULL,
    approved_at BIGINT NULL,
    sent_at BIGINT NULL,
    closed_at BIGINT NULL,
    UNIQUE (instance, receipt)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX refunds_by_order ON refunds (order_id);
CREATE INDEX refunds_by_capture ON refunds (capture_id);

-- Questions to a provider that are answered later, at an address of their own: what became of a receipt.
CREATE TABLE lookups (
    ticket VARCHAR(12) NOT NULL PRIMARY KEY,
    order_id VARCHAR(32) NULL,
    instance VARCHAR(60) NOT NULL,
    receipt VARCHAR(60) NOT NULL,
    state VARCHAR(12) NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX lookups_by_order ON lookups (order_id, asked_at);

-- How far each provider's own list has been read.
CREATE TABLE statement_readings (
    instance VARCHAR(60) NOT NULL PRIMARY KEY,
    read_until BIGINT NOT NULL,
    read_whole_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    failures BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE INDEX orders_by_status ON orders (status, placed_at);
CREATE INDEX orders_by_phone ON orders (phone_index);
CREATE INDEX reviews_by_order ON reviews (order_id);
CREATE INDEX attempts_by_state ON attempts (state, started_at);
