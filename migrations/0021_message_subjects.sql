-- Which payments a message to an address for all of them turned out to be about, so that it can be forgotten with them.
CREATE TABLE message_subjects (
    message_id VARCHAR(32) NOT NULL,
    ticket VARCHAR(12) NOT NULL,
    PRIMARY KEY (message_id, ticket)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX message_subjects_by_ticket ON message_subjects (ticket);
