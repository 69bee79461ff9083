-- Made after the log lines are loaded. What is narrow enough to scan (dns_queries) has none.
CREATE INDEX log_text_by_time ON log_text (at);
CREATE INDEX log_text_by_level ON log_text (level, at) WHERE level >= 3;
