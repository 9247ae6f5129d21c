-- Payments on a provider's own page, and what customers fill in for a way to pay.

-- The page's address, and until when it takes a payment; neither for a prompt.
ALTER TABLE attempts ADD COLUMN page_sealed VARBINARY(2200) NULL;
ALTER TABLE attempts ADD COLUMN page_until BIGINT NULL;
-- When the customer came back from it last.
ALTER TABLE attempts ADD COLUMN page_returned_at BIGINT NULL;
-- What the customer filled in for the provider beside the number, as a JSON object of texts.
ALTER TABLE attempts ADD COLUMN fields_sealed VARBINARY(12000) NULL;
