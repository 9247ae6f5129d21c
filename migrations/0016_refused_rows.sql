-- The rows of a statement that do not read, each with its line and why: JSON, kept as bytes. None of their values.
ALTER TABLE comparisons ADD COLUMN refused MEDIUMBLOB NULL;
