-- What the provider was asked about a prompt, a refund or a payout, and what it said in a word: for the order's page.
CREATE TABLE questions (
    ticket VARCHAR(12) NOT NULL,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    -- A word and perhaps a code; nothing of anybody's.
    answer VARCHAR(80) NOT NULL,
    PRIMARY KEY (ticket, asked_at)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX questions_by_time ON questions (asked_at);
