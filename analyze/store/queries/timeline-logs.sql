-- Log lines at warning or worse. A line without a timestamp is put at its file's beginning: then or later.
SELECT coalesce(t.at, f.first_at) AS at, NULL AS until, iif(t.level = 3, 3, 4) AS severity,
  iif(t.at IS NULL, 'inferred', 'observed') AS basis, 'Pod' AS kind, f.namespace AS namespace, f.pod AS name,
  NULL AS object_id, f.container || iif(f.previous, ' (previous run)', '') AS reason,
  substr(t.text, 1, 500) AS text, t.file_id AS file_id, t.line AS line, t.id AS seq
FROM log_text t JOIN log_files f USING (file_id)
WHERE t.level >= 3 AND coalesce(t.at, f.first_at) IS NOT NULL
