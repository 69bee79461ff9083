-- A pod's life. metadata.deletionTimestamp lies a grace period after the request, so the request is worked out.
SELECT p.created_at AS at, NULL AS until, 2 AS severity, 'observed' AS basis, 'Pod' AS kind, p.namespace AS namespace,
  p.name AS name, p.object_id AS object_id, NULL AS reason,
  'created' || CASE WHEN p.owner_name IS NULL THEN '' ELSE ' for ' || p.owner_kind || ' ' || p.owner_name END AS text,
  o.file_id AS file_id, o.line AS line, p.object_id * 8 AS seq
FROM pods p JOIN objects o ON o.id = p.object_id WHERE p.created_at IS NOT NULL
UNION ALL
SELECT c.last_transition_at, NULL, 1, 'observed', 'Pod', o.namespace, o.name, o.id, NULL,
  'scheduled' || coalesce(' to node ' || p.node, ''), o.file_id, o.line, o.id * 8 + 1
FROM conditions c JOIN pods p ON p.object_id = c.object_id JOIN objects o ON o.id = c.object_id
WHERE c.type = 'PodScheduled' AND c.status = 'True' AND c.last_transition_at IS NOT NULL
UNION ALL
SELECT p.started_at, NULL, 1, 'observed', 'Pod', p.namespace, p.name, p.object_id, NULL,
  'taken up by the kubelet' || coalesce(' of ' || p.node, ''), o.file_id, o.line, p.object_id * 8 + 2
FROM pods p JOIN objects o ON o.id = p.object_id WHERE p.started_at IS NOT NULL
UNION ALL
SELECT p.deletion_at - 1000000 * coalesce(json_extract(b.body, '$.metadata.deletionGracePeriodSeconds'), 0), p.deletion_at,
  2, 'inferred', 'Pod', p.namespace, p.name, p.object_id, NULL,
  'deletion requested (deletionTimestamp less its grace period of ' ||
    coalesce(json_extract(b.body, '$.metadata.deletionGracePeriodSeconds'), 0) || 's)',
  o.file_id, o.line, p.object_id * 8 + 3
FROM pods p JOIN objects o ON o.id = p.object_id LEFT JOIN bodies b ON b.object_id = p.object_id
WHERE p.deletion_at IS NOT NULL
UNION ALL
SELECT o.deleted_at, NULL, 2, 'observed', 'Pod', o.namespace, o.name, o.id, NULL, 'gone (seen by the watch)',
  o.file_id, o.line, o.id * 8 + 4
FROM objects o WHERE o.kind = 'Pod' AND o.resource = 'pods' AND o.deleted_at IS NOT NULL
