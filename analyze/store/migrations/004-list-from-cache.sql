-- 1: the list came from the API server's memory (resourceVersion=0) because its database did not answer; it may be stale.
ALTER TABLE lists ADD COLUMN from_cache INTEGER NOT NULL DEFAULT 0;
