-- Goods may leave the shop before they are paid or handed over; whoever carries them has a page of their own for them.

ALTER TABLE orders ADD COLUMN sent_out_at BIGINT NULL;

-- Everybody who was given an order to carry, in turn; the last of them may have a link that works.
CREATE TABLE riders (
    order_id VARCHAR(32) NOT NULL,
    -- From 1: histories are kept in clear, and call them by it.
    number BIGINT NOT NULL,
    -- Empty once it was forgotten.
    name_sealed VARBINARY(600) NOT NULL,
    -- The SHA-256 of the secret in the link, and the secret for the desk to show; neither once the link has ended.
    link_key VARBINARY(32) NULL UNIQUE,
    link_sealed VARBINARY(200) NULL,
    given_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Codes of the customer's that were typed and were not the one.
    wrong_codes BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, number)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
