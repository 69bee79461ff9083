-- ReplicaSets and ControllerRevisions with their workload; images only where there is another revision to compare with.
SELECT w.object_id, w.kind, w.namespace, w.name, w.revision, w.template_labels, w.created_at,
  ow.kind AS owner_kind, ow.name AS owner_name, o.file_id, o.line,
  (SELECT max(f.at) FROM field_writes f WHERE f.object_id = w.object_id AND f.subresource IS NULL) AS written_at,
  json_extract(b.body, '$.metadata.annotations."deployment.kubernetes.io/revision-history"') AS history,
  CASE WHEN count(*) OVER (PARTITION BY w.namespace, ow.kind, ow.name) > 1 THEN
    (SELECT json_group_object(coalesce(c.value ->> 'name', c.key), c.value ->> 'image')
     FROM json_each(b.body, iif(w.kind = 'ControllerRevision', '$.data', '$') || '.spec.template.spec.containers') c) END AS images
FROM workloads w JOIN objects o ON o.id = w.object_id
  JOIN owners ow ON ow.object_id = w.object_id AND ow.controller = 1
  LEFT JOIN bodies b ON b.object_id = w.object_id
WHERE w.kind IN ('ReplicaSet', 'ControllerRevision') AND w.created_at IS NOT NULL
ORDER BY w.namespace, ow.kind, ow.name, w.revision, w.created_at, w.object_id
