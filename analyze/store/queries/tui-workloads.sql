-- Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs.
SELECT w.object_id AS id, o.resource AS resource, w.kind AS kind, w.namespace AS namespace, w.name AS name,
  coalesce(w.ready_replicas, 0) || '/' || coalesce(w.replicas, '?') AS ready, w.replicas AS replicas,
  coalesce(w.ready_replicas, 0) AS ready_replicas, w.revision AS revision, w.selector AS selector,
  o.created_at AS created_at, o.deleted_at AS deleted_at
FROM workloads w JOIN objects o ON o.id = w.object_id
