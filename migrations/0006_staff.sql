-- Who may run the shop, who is signed in, and what they did.

CREATE TABLE staff (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    -- As it is typed to sign in: lower case.
    name VARCHAR(60) NOT NULL UNIQUE,
    role VARCHAR(12) NOT NULL,
    -- scrypt: cost, salt and hash. Nobody has a password before the invitation is used.
    password VARCHAR(200) NULL,
    -- The key of one-time codes; it counts from the first code that was right.
    code_key_sealed VARBINARY(200) NULL,
    code_confirmed_at BIGINT NULL,
    -- The newest step of time whose code was used, so that none is good twice.
    code_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT NULL,
    version BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- Codes for whoever has lost the phone; each is good once.
CREATE TABLE staff_recovery_codes (
    staff_id VARCHAR(32) NOT NULL,
    code_key VARBINARY(32) NOT NULL,
    PRIMARY KEY (staff_id, code_key)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- Links with which somebody chooses a password, once.
CREATE TABLE staff_invitations (
    link_key VARBINARY(32) NOT NULL PRIMARY KEY,
    staff_id VARCHAR(32) NOT NULL,
    expires_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX staff_invitations_by_staff ON staff_invitations (staff_id);

CREATE TABLE staff_sessions (
    session_key VARBINARY(32) NOT NULL PRIMARY KEY,
    -- What a page calls it.
    id VARCHAR(32) NOT NULL UNIQUE,
    staff_id VARCHAR(32) NOT NULL,
    -- The password was right, the code is still missing.
    awaits_code BIGINT NOT NULL CHECK (awaits_code IN (0, 1)),
    began_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- When the password was typed last.
    confirmed_at BIGINT NOT NULL,
    network VARCHAR(60) NOT NULL,
    browser VARCHAR(200) NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);
CREATE INDEX staff_sessions_by_seen ON staff_sessions (seen_at);

-- What staff did; append-only, each row linked to the one before it.
CREATE TABLE audit_trail (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    staff VARCHAR(60) NOT NULL,
    action VARCHAR(40) NOT NULL,
    subject VARCHAR(120) NOT NULL,
    detail VARCHAR(800) NOT NULL,
    hash VARBINARY(32) NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX audit_trail_by_subject ON audit_trail (subject, number);

-- Buttons that were pressed: pressed twice it is one deed, and the second press is told what the first one came to.
CREATE TABLE staff_presses (
    press_key VARBINARY(32) NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- Nothing while it is being done.
    answer VARCHAR(800) NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX staff_presses_by_time ON staff_presses (at);

-- When the customer got the goods.
ALTER TABLE orders ADD COLUMN handed_over_at BIGINT NULL;

CREATE INDEX orders_by_time ON orders (placed_at, id);
