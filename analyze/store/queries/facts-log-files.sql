-- Every log that was read, its parts in their order, and where its lines lie in log_text.
SELECT l.namespace, l.pod, l.container, l.previous, l.first_id, l.last_id, f.path AS file
FROM log_files l JOIN files f ON f.id = l.file_id
WHERE l.first_id IS NOT NULL
ORDER BY l.first_id
