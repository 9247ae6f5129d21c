-- What the owner compares with a provider's list at the desk, what the provider charged, and when each message was done.

-- One comparison: with the provider's own list between two moments, or with a statement's file.
CREATE TABLE comparisons (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    instance VARCHAR(60) NOT NULL,
    from_at BIGINT NULL,
    to_at BIGINT NULL,
    file_name VARCHAR(120) NULL,
    file_bytes BIGINT NULL,
    file_key VARBINARY(32) NULL,
    asked_by VARCHAR(60) NOT NULL,
    asked_at BIGINT NOT NULL,
    state VARCHAR(12) NOT NULL,
    -- Grows with each claim; a worker whose number is old may not write.
    generation BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    -- How often it was begun: what stops the program three times is given up.
    tries BIGINT NOT NULL,
    lines_read BIGINT NOT NULL,
    lines_all BIGINT NULL,
    -- What differed, as both stood before anything was recorded: JSON, kept as bytes.
    report MEDIUMBLOB NULL,
    problem VARCHAR(500) NULL,
    ended_at BIGINT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX comparisons_by_state ON comparisons (state, lease_until);

-- A statement's file until it was read: sealed, for it holds people's numbers, and in pieces that every server takes.
CREATE TABLE comparison_files (
    comparison_id VARCHAR(32) NOT NULL,
    place BIGINT NOT NULL,
    sealed MEDIUMBLOB NOT NULL,
    PRIMARY KEY (comparison_id, place)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- What the provider took for a movement of money, by the receipt of that movement. Rows are only ever added.
CREATE TABLE provider_charges (
    instance VARCHAR(60) NOT NULL,
    receipt VARCHAR(60) NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency VARCHAR(3) NOT NULL,
    charged_at BIGINT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (instance, receipt)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX provider_charges_by_time ON provider_charges (charged_at);

ALTER TABLE inbox ADD COLUMN ended_at BIGINT NULL;
CREATE INDEX inbox_by_verdict ON inbox (state, id);

-- Why a job did not end when it was last tried.
ALTER TABLE jobs ADD COLUMN problem VARCHAR(200) NULL;
