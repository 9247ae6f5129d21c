-- Each line of a provider's list asks whether somebody shown on a page waits for its receipt.

CREATE INDEX lookups_by_receipt ON lookups (instance, receipt);
