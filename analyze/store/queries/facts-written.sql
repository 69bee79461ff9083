-- Who wrote objects of some kinds within a span of time, the latest first: suspects for what began at its end.
SELECT o.id, o.api_version, o.kind, o.resource, o.namespace, o.name, o.created_at, w.manager, w.operation, w.subresource, w.at
FROM field_writes w JOIN objects o ON o.id = w.object_id
WHERE w.at BETWEEN ? AND ? AND o.namespace IS ? AND o.resource IN (SELECT value FROM json_each(?))
ORDER BY w.at DESC LIMIT ?
