-- The shop's own payments to others, what its accounts at a provider hold, and who closed what waited for a person.

-- No order guards a payout, so it has a version of its own.
CREATE TABLE payouts (
    ticket VARCHAR(12) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    instance VARCHAR(60) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    payee_sealed VARBINARY(1000) NOT NULL,
    payee_shown VARCHAR(200) NOT NULL,
    reason VARCHAR(400) NOT NULL,
    state VARCHAR(12) NOT NULL,
    decline VARCHAR(3000) NULL,
    receipt VARCHAR(60) NULL,
    requested_by VARCHAR(100) NOT NULL,
    requested_at BIGINT NOT NULL,
    approved_by VARCHAR(100) NULL,
    approved_at BIGINT NULL,
    sent_at BIGINT NULL,
    closed_at BIGINT NULL,
    UNIQUE (instance, receipt)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX payouts_by_time ON payouts (instance, requested_at);

-- Questions about the shop's accounts, answered later at an address of their own.
CREATE TABLE balance_questions (
    ticket VARCHAR(12) NOT NULL PRIMARY KEY,
    instance VARCHAR(60) NOT NULL,
    asked_by VARCHAR(100) NOT NULL,
    asked_at BIGINT NOT NULL,
    state VARCHAR(12) NOT NULL,
    answer VARCHAR(8000) NULL,
    answered_at BIGINT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

ALTER TABLE reviews ADD COLUMN closed_by VARCHAR(100) NULL;
ALTER TABLE reviews ADD COLUMN closed_because VARCHAR(400) NULL;

CREATE INDEX refunds_by_time ON refunds (instance, requested_at);
