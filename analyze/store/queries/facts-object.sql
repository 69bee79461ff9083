SELECT id, api_version, kind, resource, namespace, name, uid, created_at FROM objects
WHERE kind = ? AND namespace IS ? AND name = ? AND deleted_at IS NULL LIMIT 1
