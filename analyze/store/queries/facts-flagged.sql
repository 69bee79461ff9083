-- Sidecars whose access log holds requests that failed with a response flag of Envoy, since a moment, at least so often.
SELECT l.namespace, l.pod, l.container, l.previous, count(*) AS lines
FROM log_files l JOIN log_text t ON t.id BETWEEN l.first_id AND l.last_id
WHERE l.container = 'istio-proxy' AND t.at >= ?
  AND (t.text GLOB '*" [0-9]* [UN][A-Z]*' OR t.text GLOB '*"response_flags":*"[UN][A-Z]*')
GROUP BY l.file_id HAVING count(*) >= ?
