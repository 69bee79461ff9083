-- Where a log's lines lie in log_text: they are consecutive, so that the end of one log is found without a scan.
ALTER TABLE log_files ADD COLUMN first_id INTEGER;
ALTER TABLE log_files ADD COLUMN last_id INTEGER;
