-- Log lines for a window of rows; of a long line the beginning.
SELECT t.id AS id, t.file_id AS file_id, t.line AS line, t.at AS at, t.level AS level, substr(t.text, 1, 8192) AS text,
  length(t.text) AS length, f.namespace AS namespace, f.pod AS pod, f.container AS container, f.previous AS previous
FROM log_text t JOIN log_files f ON f.file_id = t.file_id
