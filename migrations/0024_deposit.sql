-- What is paid before the goods leave, where the rest is paid at the door; neither where none is asked.
ALTER TABLE orders ADD COLUMN deposit_minor BIGINT NULL;
-- Until when the order is kept once the deposit is here.
ALTER TABLE orders ADD COLUMN deposit_kept_until BIGINT NULL;
