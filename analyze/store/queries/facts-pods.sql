SELECT p.object_id AS id, o.api_version, o.uid, p.namespace, p.name, p.phase, p.ready, p.node, p.pod_ip, p.host_network, p.restarts,
  p.reason, p.started_at, p.created_at, p.deletion_at, p.owner_kind, p.owner_name
FROM pods p JOIN objects o ON o.id = p.object_id
WHERE o.deleted_at IS NULL
ORDER BY p.namespace, p.name
