-- Nodes, with how many of the captured pods each carries.
SELECT n.object_id AS id, NULL AS namespace, n.name AS name, n.ready AS ready, n.unschedulable AS unschedulable,
  n.kubelet_version AS version, n.internal_ip AS ip, n.pod_cidr AS pod_cidr,
  (SELECT count(*) FROM pods p WHERE p.node = n.name) AS pods,
  (SELECT group_concat(c.type, ' ') FROM conditions c
   WHERE c.object_id = n.object_id AND c.type <> 'Ready' AND c.status = 'True') AS pressure,
  o.created_at AS created_at, o.deleted_at AS deleted_at
FROM nodes n JOIN objects o ON o.id = n.object_id
