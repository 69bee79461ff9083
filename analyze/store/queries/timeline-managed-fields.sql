-- managedFields: when a manager last changed some field of the set it owns; which one is not kept, nor who it was.
-- What coincides with the creation says nothing more than that, and a heartbeat nothing at all.
SELECT w.at AS at, NULL AS until,
  CASE WHEN w.subresource = 'status' OR o.kind IN ('Pod', 'ReplicaSet', 'Endpoints', 'EndpointSlice', 'Lease', 'Node')
    THEN 1 ELSE 2 END AS severity,
  'inferred' AS basis, o.kind AS kind, o.namespace AS namespace, o.name AS name, o.id AS object_id,
  w.manager AS reason,
  'last written by ' || coalesce(w.manager, 'an unnamed manager') || coalesce(' (' || w.subresource || ')', '') ||
    CASE
      WHEN w.subresource IS NOT NULL OR o.kind IN ('Pod', 'ReplicaSet', 'Endpoints', 'EndpointSlice', 'Lease', 'Node', 'Event')
        THEN ''
      ELSE coalesce(': some field of ' || (
        SELECT group_concat(field, ', ') FROM (
          SELECT 'spec.' || substr(s.key, 3) AS field
          FROM json_each(b.body, '$.metadata.managedFields[' || w.position || '].fieldsV1."f:spec"') s WHERE s.key LIKE 'f:%'
          UNION ALL
          SELECT substr(m.key, 3)
          FROM json_each(b.body, '$.metadata.managedFields[' || w.position || '].fieldsV1') m
          WHERE m.key LIKE 'f:%' AND m.key <> 'f:spec'
          LIMIT 8)), '') END AS text,
  o.file_id AS file_id, o.line AS line, w.rowid AS seq
FROM field_writes w JOIN objects o ON o.id = w.object_id LEFT JOIN bodies b ON b.object_id = w.object_id
WHERE w.at IS NOT NULL AND w.at > coalesce(o.created_at, 0) + 1000000
  AND NOT (o.kind = 'Pod' AND w.subresource = 'status') AND o.resource NOT IN ('events', 'events.k8s.io/events',
  'coordination.k8s.io/leases')
