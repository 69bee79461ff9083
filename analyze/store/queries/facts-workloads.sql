SELECT w.object_id AS id, o.api_version, o.resource, o.uid, w.kind, w.namespace, w.name, w.replicas, w.ready_replicas, w.revision,
  w.selector, w.template_labels, w.created_at, o.deletion_at,
  (SELECT n.kind FROM owners n WHERE n.object_id = w.object_id AND n.controller = 1 LIMIT 1) AS owner_kind,
  (SELECT n.name FROM owners n WHERE n.object_id = w.object_id AND n.controller = 1 LIMIT 1) AS owner_name
FROM workloads w JOIN objects o ON o.id = w.object_id
WHERE o.deleted_at IS NULL
ORDER BY w.namespace, w.kind, w.name
