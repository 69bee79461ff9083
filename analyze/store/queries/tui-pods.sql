-- Pods as kubectl shows them.
SELECT p.object_id AS id, p.namespace AS namespace, p.name AS name,
  (SELECT coalesce(sum(c.ready), 0) || '/' || count(*) FROM containers c
   WHERE c.object_id = p.object_id AND c.type IN ('app', 'sidecar')) AS ready,
  p.ready AS ready_condition, coalesce(p.reason, p.phase) AS status, p.restarts AS restarts, p.pod_ip AS ip, p.node AS node,
  p.created_at AS created_at, o.deleted_at AS deleted_at
FROM pods p JOIN objects o ON o.id = p.object_id
