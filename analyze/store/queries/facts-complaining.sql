-- Containers whose log complains, since a moment, at least so often.
SELECT l.namespace, l.pod, l.container, l.previous, count(*) AS lines
FROM log_text t JOIN log_files l USING (file_id)
WHERE t.level >= 3 AND t.at >= ?
GROUP BY t.file_id HAVING count(*) >= ?
