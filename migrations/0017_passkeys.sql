-- Keys on people's own phones and computers, with which staff get in without a password.

CREATE TABLE staff_passkeys (
    -- The SHA-256 of what the authenticator calls the key, which may be long.
    credential_key VARBINARY(32) NOT NULL PRIMARY KEY,
    -- What a page calls it.
    id VARCHAR(32) NOT NULL UNIQUE,
    staff_id VARCHAR(32) NOT NULL,
    -- What its owner calls it.
    name VARCHAR(60) NOT NULL,
    credential_id VARBINARY(1023) NOT NULL,
    -- A SubjectPublicKeyInfo in DER; nothing here is secret.
    public_key VARBINARY(1024) NOT NULL,
    -- How often the key has signed, where keys count: it only grows.
    counter BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX staff_passkeys_by_staff ON staff_passkeys (staff_id);

-- Questions that were put to authenticators; each is answered once, and soon.
CREATE TABLE passkey_challenges (
    challenge_key VARBINARY(32) NOT NULL PRIMARY KEY,
    -- What the answer may be used for, and in whose session.
    purpose VARCHAR(60) NOT NULL,
    expires_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);

-- Whether the last thing that proved who sits there was a passkey, which is two factors in one.
ALTER TABLE staff_sessions ADD COLUMN by_passkey BIGINT NOT NULL DEFAULT 0 CHECK (by_passkey IN (0, 1));
