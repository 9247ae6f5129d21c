-- An access token belongs to the settings that it was fetched with: nodes with different ones share none, and other
-- settings do not meet it. What was kept is fetched anew.
DROP TABLE provider_tokens;
CREATE TABLE access_tokens (
    instance VARCHAR(60) NOT NULL,
    settings VARCHAR(32) NOT NULL,
    name VARCHAR(60) NOT NULL,
    sealed VARBINARY(4000) NULL,
    expires_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    refreshing_until BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,
    touched_at BIGINT NOT NULL,
    PRIMARY KEY (instance, settings, name)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
