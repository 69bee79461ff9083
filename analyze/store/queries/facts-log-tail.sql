-- The last lines of one container's log, newest first.
SELECT t.at, t.level, t.text, f.path AS file, t.line
FROM log_files l JOIN log_text t ON t.id BETWEEN l.first_id AND l.last_id JOIN files f ON f.id = l.file_id
WHERE l.namespace = ? AND l.pod = ? AND l.container = ? AND l.previous = ?
ORDER BY t.id DESC LIMIT ?
