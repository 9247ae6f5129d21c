-- Photos of goods as they are shown: made anew from what was uploaded, each in the sizes that pages need. They live
-- here so that every node has them. A name holds the hash of its bytes, so a photo never changes.
CREATE TABLE photos (
    name VARCHAR(60) NOT NULL PRIMARY KEY,
    bytes MEDIUMBLOB NOT NULL,
    created_at BIGINT NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
