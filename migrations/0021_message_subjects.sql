-- What a message to an address for all payments turned out to be about, so that it can be forgotten with it: a prompt or
-- a refund by its ticket, or money by its way to pay and its receipt.
CREATE TABLE message_subjects (
    message_id VARCHAR(32) NOT NULL,
    subject VARCHAR(190) NOT NULL,
    PRIMARY KEY (message_id, subject)
) /*! ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin */;
CREATE INDEX message_subjects_by_subject ON message_subjects (subject);
