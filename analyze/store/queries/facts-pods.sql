SELECT p.object_id AS id, o.api_version, o.uid, p.namespace, p.name, p.phase, p.ready, p.node, p.pod_ip, p.host_network, p.restarts,
  p.reason, p.started_at, p.created_at, p.deletion_at, p.owner_kind, p.owner_name,
  (SELECT json_group_object(l.key, l.value) FROM labels l WHERE l.object_id = p.object_id) AS labels
FROM pods p JOIN objects o ON o.id = p.object_id
WHERE o.deleted_at IS NULL
ORDER BY p.namespace, p.name
