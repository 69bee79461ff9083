-- Kubernetes Events. One that was counted keeps two times: its first and its last.
SELECT
  coalesce(e.first_at, e.last_at, o.created_at) AS at,
  CASE WHEN e.count > 1 AND e.last_at > e.first_at THEN e.last_at END AS until,
  CASE WHEN e.type = 'Warning' THEN 3 ELSE 2 END AS severity,
  'observed' AS basis,
  e.involved_kind AS kind, e.involved_namespace AS namespace, e.involved_name AS name,
  (SELECT i.id FROM objects i WHERE i.uid = e.involved_uid LIMIT 1) AS object_id,
  e.reason AS reason,
  substr(coalesce(e.message, ''), 1, 500) || CASE
    WHEN e.count > 1 AND e.last_at > e.first_at THEN ' (first of ' || e.count || ')'
    WHEN e.count > 1 THEN ' (' || e.count || ' times)'
    ELSE '' END AS text,
  o.file_id AS file_id, o.line AS line, e.id * 2 AS seq
FROM events e LEFT JOIN objects o ON o.id = e.object_id
WHERE coalesce(e.first_at, e.last_at, o.created_at) IS NOT NULL
UNION ALL
SELECT e.last_at, NULL, CASE WHEN e.type = 'Warning' THEN 3 ELSE 2 END, 'observed',
  e.involved_kind, e.involved_namespace, e.involved_name,
  (SELECT i.id FROM objects i WHERE i.uid = e.involved_uid LIMIT 1),
  e.reason, substr(coalesce(e.message, ''), 1, 500) || ' (last of ' || e.count || ')',
  o.file_id, o.line, e.id * 2 + 1
FROM events e LEFT JOIN objects o ON o.id = e.object_id
WHERE e.count > 1 AND e.last_at > e.first_at
