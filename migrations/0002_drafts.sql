-- What was typed into a form that needs another look, sealed; nobody finds a row without the secret in its page's address.
CREATE TABLE drafts (
    draft_key VARBINARY(32) NOT NULL PRIMARY KEY,
    sealed VARBINARY(21000) NOT NULL,
    expires_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX drafts_by_expiry ON drafts (expires_at);
