-- What the owner sets at the desk. shop_settings has the rest; its row "changed" is new whenever any of it is, so that
-- running programs notice.

-- A way to pay, and its settings as the owner typed them: JSON by field, sealed, for there are secrets among them.
CREATE TABLE provider_settings (
    instance VARCHAR(60) NOT NULL PRIMARY KEY,
    values_sealed VARBINARY(40000) NOT NULL,
    -- When the owner took it off the checkout; nothing while it is offered.
    off_at BIGINT NULL,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
