-- Helm's records of releases in some namespaces: Secrets (or ConfigMaps) with owner=helm, by their labels alone.
SELECT o.id, o.api_version, o.kind, o.resource, o.namespace, o.name, o.created_at,
  (SELECT l.value FROM labels l WHERE l.object_id = o.id AND l.key = 'name') AS release,
  (SELECT l.value FROM labels l WHERE l.object_id = o.id AND l.key = 'version') AS version,
  (SELECT l.value FROM labels l WHERE l.object_id = o.id AND l.key = 'status') AS status
FROM labels owner JOIN objects o ON o.id = owner.object_id
WHERE owner.key = 'owner' AND owner.value = 'helm' AND o.resource IN ('secrets', 'configmaps')
  AND o.deleted_at IS NULL AND o.created_at BETWEEN ? AND ? AND o.namespace IN (SELECT value FROM json_each(?))
ORDER BY o.created_at DESC LIMIT 50
