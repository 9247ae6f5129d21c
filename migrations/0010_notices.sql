-- What shoppers and the owner are told by letter and SMS, and what is wrong with the shop just now.

-- An outbox: a row is written with what it tells, and sent once.
CREATE TABLE notices (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    order_id VARCHAR(32) NULL,
    -- The order's identity, or what else it is about: with what follows it makes each notice the only one.
    subject VARCHAR(80) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    occurrence VARCHAR(80) NOT NULL,
    channel VARCHAR(10) NOT NULL,
    -- Nothing for the owner, whose addresses are settings.
    recipient_sealed VARBINARY(600) NULL,
    language VARCHAR(2) NOT NULL,
    detail VARCHAR(2000) NOT NULL,
    state VARCHAR(10) NOT NULL,
    tries BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    claimed_at BIGINT NULL,
    ended_at BIGINT NULL,
    reason VARCHAR(200) NULL,
    carrier_id VARCHAR(100) NULL,
    UNIQUE (subject, kind, occurrence, channel)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX notices_by_state ON notices (state, channel, due_at);
CREATE INDEX notices_by_order ON notices (order_id, written_at);

-- What is wrong just now; a row is opened and closed again and again.
CREATE TABLE alerts (
    kind VARCHAR(30) NOT NULL,
    subject VARCHAR(60) NOT NULL,
    detail VARCHAR(500) NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT NULL,
    PRIMARY KEY (kind, subject)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- Fetches of an access token that failed, one after the other.
ALTER TABLE provider_tokens ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;

-- The form that placed an order leads to its page's address.
CREATE INDEX form_uses_by_order ON form_uses (order_id);
