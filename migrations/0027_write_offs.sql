-- Money that is owed for goods that were handed over, and that the shop has given up: how much of it is still owed, and
-- since when; neither where nothing is given up. Who decided it, and why, stands in the order's events and in the trail.
ALTER TABLE orders ADD COLUMN written_off_minor BIGINT NULL;
ALTER TABLE orders ADD COLUMN written_off_at BIGINT NULL;
-- The figures of the days.
CREATE INDEX orders_written_off ON orders (written_off_at);
