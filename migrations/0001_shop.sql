-- The shop's tables, one set for SQLite and MariaDB. Money is BIGINT minor units, time BIGINT milliseconds UTC.
-- People's data is sealed (AES-256-GCM) before it comes here; *_index columns are keyed hashes to look it up by.

CREATE TABLE shop_settings (
    name VARCHAR(60) NOT NULL PRIMARY KEY,
    value VARCHAR(2000) NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE products (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    slug VARCHAR(64) NOT NULL UNIQUE,
    name_en VARCHAR(200) NOT NULL,
    name_sw VARCHAR(200) NOT NULL,
    about_en VARCHAR(2000) NOT NULL,
    about_sw VARCHAR(2000) NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor > 0),
    currency VARCHAR(3) NOT NULL,
    vat_basis_points BIGINT NOT NULL CHECK (vat_basis_points >= 0),
    stock BIGINT NOT NULL CHECK (stock >= 0),
    photo VARCHAR(100) NOT NULL,
    position BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE delivery_choices (
    code VARCHAR(30) NOT NULL PRIMARY KEY,
    name_en VARCHAR(200) NOT NULL,
    name_sw VARCHAR(200) NOT NULL,
    fee_minor BIGINT NOT NULL CHECK (fee_minor >= 0),
    currency VARCHAR(3) NOT NULL,
    needs_place BIGINT NOT NULL CHECK (needs_place IN (0, 1)),
    position BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- An order with its attempts is one aggregate: every change is a compare-and-set on orders.version, which is also the
-- number of its events.
CREATE TABLE orders (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    number VARCHAR(8) NOT NULL UNIQUE,
    page_key VARBINARY(32) NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    last_hash VARBINARY(32) NOT NULL,
    status VARCHAR(20) NOT NULL,
    flags VARCHAR(200) NOT NULL,
    language VARCHAR(2) NOT NULL,
    name_sealed VARBINARY(600) NOT NULL,
    phone_sealed VARBINARY(100) NOT NULL,
    phone_index VARBINARY(32) NOT NULL,
    email_sealed VARBINARY(600) NULL,
    place_sealed VARBINARY(1200) NULL,
    delivery_code VARCHAR(30) NOT NULL,
    delivery_en VARCHAR(200) NOT NULL,
    delivery_sw VARCHAR(200) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    goods_minor BIGINT NOT NULL CHECK (goods_minor > 0),
    delivery_minor BIGINT NOT NULL CHECK (delivery_minor >= 0),
    vat_minor BIGINT NOT NULL CHECK (vat_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor > 0),
    applied_minor BIGINT NOT NULL CHECK (applied_minor >= 0),
    stock_held BIGINT NOT NULL CHECK (stock_held IN (0, 1)),
    attempts_made BIGINT NOT NULL,
    live_ticket VARCHAR(12) NULL,
    placed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    cancelled_at BIGINT NULL,
    paid_at BIGINT NULL,
    CHECK (applied_minor <= total_minor)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE order_lines (
    order_id VARCHAR(32) NOT NULL,
    position BIGINT NOT NULL,
    product_id VARCHAR(32) NOT NULL,
    slug VARCHAR(64) NOT NULL,
    name_en VARCHAR(200) NOT NULL,
    name_sw VARCHAR(200) NOT NULL,
    photo VARCHAR(100) NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity > 0),
    unit_minor BIGINT NOT NULL CHECK (unit_minor > 0),
    vat_basis_points BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- One use of a form, whichever order or attempt it made.
CREATE TABLE form_uses (
    form_key VARBINARY(32) NOT NULL PRIMARY KEY,
    order_id VARCHAR(32) NOT NULL,
    at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE attempts (
    ticket VARCHAR(12) NOT NULL PRIMARY KEY,
    order_id VARCHAR(32) NOT NULL,
    number BIGINT NOT NULL,
    instance VARCHAR(60) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    phone_sealed VARBINARY(100) NOT NULL,
    phone_index VARBINARY(32) NOT NULL,
    state VARCHAR(12) NOT NULL,
    decline VARCHAR(3000) NULL,
    doubt_code VARCHAR(60) NULL,
    doubt_at BIGINT NULL,
    claim_receipt VARCHAR(60) NULL,
    queued_until BIGINT NULL,
    started_at BIGINT NOT NULL,
    sent_at BIGINT NULL,
    closed_at BIGINT NULL,
    UNIQUE (order_id, number)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX attempts_by_phone ON attempts (phone_index, started_at);

-- The journal of requests that act: written before the first byte leaves.
CREATE TABLE acts (
    ticket VARCHAR(12) NOT NULL,
    number BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    answered_at BIGINT NULL,
    status BIGINT NULL,
    refused BIGINT NOT NULL CHECK (refused IN (0, 1)),
    PRIMARY KEY (ticket, number)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE attempt_references (
    instance VARCHAR(60) NOT NULL,
    name VARCHAR(60) NOT NULL,
    value_key VARBINARY(32) NOT NULL,
    value_sealed VARBINARY(400) NOT NULL,
    ticket VARCHAR(12) NOT NULL,
    PRIMARY KEY (instance, name, value_key)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX attempt_references_by_ticket ON attempt_references (ticket);

CREATE TABLE events (
    order_id VARCHAR(32) NOT NULL,
    seq BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    ticket VARCHAR(12) NULL,
    detail VARCHAR(2000) NOT NULL,
    at BIGINT NOT NULL,
    hash VARBINARY(32) NOT NULL,
    PRIMARY KEY (order_id, seq)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- A provider's message that was applied; the same key again is old news.
CREATE TABLE event_keys (
    instance VARCHAR(60) NOT NULL,
    event_key VARBINARY(32) NOT NULL,
    order_id VARCHAR(32) NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (instance, event_key)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE captures (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    instance VARCHAR(60) NOT NULL,
    receipt VARCHAR(60) NULL,
    ticket VARCHAR(12) NULL UNIQUE,
    order_id VARCHAR(32) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    evidence VARCHAR(12) NOT NULL,
    payer_sealed VARBINARY(200) NULL,
    provider_at BIGINT NULL,
    recorded_at BIGINT NOT NULL,
    UNIQUE (instance, receipt)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX captures_by_order ON captures (order_id);

-- Double entry: the lines of one entry balance. Rows are only ever added.
CREATE TABLE ledger (
    entry_id VARCHAR(32) NOT NULL,
    line BIGINT NOT NULL,
    account VARCHAR(40) NOT NULL,
    side VARCHAR(6) NOT NULL CHECK (side IN ('debit', 'credit')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    order_id VARCHAR(32) NOT NULL,
    capture_id VARCHAR(32) NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (entry_id, line)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX ledger_by_order ON ledger (order_id);

-- What a person must look at; one open item for each subject and kind.
CREATE TABLE reviews (
    subject VARCHAR(80) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    order_id VARCHAR(32) NULL,
    detail VARCHAR(500) NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT NULL,
    PRIMARY KEY (subject, kind)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- What arrived at /in/…, raw and sealed, before anything is made of it.
CREATE TABLE inbox (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    instance VARCHAR(60) NOT NULL,
    ticket VARCHAR(12) NOT NULL,
    route VARCHAR(40) NOT NULL,
    body_key VARBINARY(32) NOT NULL,
    body_sealed MEDIUMBLOB NOT NULL,
    source VARCHAR(45) NOT NULL,
    listed BIGINT NOT NULL CHECK (listed IN (0, 1)),
    received_at BIGINT NOT NULL,
    state VARCHAR(8) NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    UNIQUE (ticket, route, body_key)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX inbox_by_state ON inbox (state, next_at);

CREATE TABLE jobs (
    id VARCHAR(80) NOT NULL PRIMARY KEY,
    kind VARCHAR(20) NOT NULL,
    order_id VARCHAR(32) NOT NULL,
    ticket VARCHAR(12) NULL,
    due_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    runs BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX jobs_by_due ON jobs (due_at);

CREATE TABLE rate_limits (
    name VARCHAR(120) NOT NULL PRIMARY KEY,
    arrival BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX rate_limits_by_arrival ON rate_limits (arrival);

CREATE TABLE provider_tokens (
    instance VARCHAR(60) NOT NULL,
    name VARCHAR(60) NOT NULL,
    sealed VARBINARY(4000) NULL,
    expires_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    refreshing_until BIGINT NOT NULL,
    PRIMARY KEY (instance, name)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
