-- Other programs of the shop's that are told of an order's changes, what they are told, and each try to tell them.

CREATE TABLE webhook_receivers (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    -- 1 to 5: no shop has more of them.
    place BIGINT NOT NULL UNIQUE CHECK (place BETWEEN 1 AND 5),
    name VARCHAR(40) NOT NULL UNIQUE,
    -- All of the address that is shown.
    host VARCHAR(260) NOT NULL,
    -- The address, and the secrets by which messages are signed.
    door_sealed VARBINARY(4000) NOT NULL,
    secret_made_at BIGINT NOT NULL,
    added_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;

-- An outbox: a row is written with the change that it tells of, and sent until it is taken.
CREATE TABLE webhook_messages (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    receiver_id VARCHAR(32) NOT NULL,
    event VARCHAR(40) NOT NULL,
    -- Nothing for a test.
    order_id VARCHAR(32) NULL,
    -- Of the order when it had changed: a change is told once to each receiver.
    order_version BIGINT NOT NULL,
    happened_at BIGINT NOT NULL,
    state VARCHAR(10) NOT NULL,
    tries BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    claimed_at BIGINT NULL,
    ended_at BIGINT NULL,
    -- As it was sent last.
    body MEDIUMBLOB NULL,
    UNIQUE (receiver_id, order_id, order_version, event)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX webhook_messages_by_state ON webhook_messages (receiver_id, state, due_at);
CREATE INDEX webhook_messages_by_id ON webhook_messages (receiver_id, id);
CREATE INDEX webhook_messages_by_end ON webhook_messages (receiver_id, state, ended_at);

CREATE TABLE webhook_tries (
    message_id VARCHAR(32) NOT NULL,
    -- The message's generation.
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    milliseconds BIGINT NOT NULL,
    -- What was answered, or else what was wrong, with libcurl's number for it.
    status BIGINT NULL,
    problem VARCHAR(20) NULL,
    code BIGINT NOT NULL,
    PRIMARY KEY (message_id, number)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
