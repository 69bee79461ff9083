-- Workloads as they stood at the end of the capture; what is in a namespace that is being deleted goes with it.
SELECT w.object_id AS id, o.api_version, o.resource, o.uid, w.kind, w.namespace, w.name, w.replicas, w.ready_replicas, w.revision,
  w.selector, w.template_labels, w.created_at, coalesce(o.deletion_at, g.deletion_at) AS deletion_at,
  (SELECT n.kind FROM owners n WHERE n.object_id = w.object_id AND n.controller = 1 LIMIT 1) AS owner_kind,
  (SELECT n.name FROM owners n WHERE n.object_id = w.object_id AND n.controller = 1 LIMIT 1) AS owner_name
FROM workloads w JOIN objects o ON o.id = w.object_id
LEFT JOIN (
  SELECT name, deletion_at FROM objects
  WHERE resource = 'namespaces' AND deletion_at IS NOT NULL AND deleted_at IS NULL
) g ON g.name = w.namespace
WHERE o.deleted_at IS NULL
ORDER BY w.namespace, w.kind, w.name
