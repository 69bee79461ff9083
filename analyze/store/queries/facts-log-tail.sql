-- The last lines of one part of a log, newest first.
SELECT at, level, text, line FROM log_text WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?
