-- Sidecars whose log holds requests that failed (a response flag of Envoy, or what its rules turned away; Linkerd's words),
-- since a moment, at least so often.
SELECT l.namespace, l.pod, l.container, l.previous, count(*) AS lines
FROM log_files l JOIN log_text t ON t.id BETWEEN l.first_id AND l.last_id
WHERE t.at >= ? AND (
  (l.container = 'istio-proxy' AND (
    t.text GLOB '*" [0-9]* [UN][A-Z]*' OR t.text GLOB '*"response_flags":*"[UN][A-Z]*'
    OR t.text LIKE '%rbac_access_denied_matched_policy%' OR t.text LIKE '% direct_response %' OR t.text LIKE '%"block_all"%'
    OR t.text LIKE '%due to policy rejection%'))
  OR (l.container = 'linkerd-proxy' AND (t.text LIKE '% denied server%' OR t.text LIKE '%Failed to connect error=%'))
)
GROUP BY l.file_id HAVING count(*) >= ?
