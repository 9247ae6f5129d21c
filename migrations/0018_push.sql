-- Two more ways to tell the owner what is wrong: browsers that asked for it, and a chat.

CREATE TABLE push_subscriptions (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    staff_id VARCHAR(32) NOT NULL,
    -- As its owner sees it: Chrome, Android.
    browser VARCHAR(60) NOT NULL,
    -- The SHA-256 of the address at the push service: a browser is told once.
    address_key VARBINARY(32) NOT NULL UNIQUE,
    -- The address and the keys for it; whoever has them can write there.
    address_sealed VARBINARY(2000) NOT NULL,
    made_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX push_subscriptions_by_staff ON push_subscriptions (staff_id);

-- What the shop must know and nobody may read: its key for push services, the chat's address.
CREATE TABLE sealed_settings (
    name VARCHAR(60) NOT NULL PRIMARY KEY,
    value_sealed VARBINARY(3000) NOT NULL,
    changed_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- What became of the newest message of a channel.
CREATE INDEX notices_by_channel ON notices (channel, written_at);
