SELECT id, api_version, kind, resource, namespace, name, uid, created_at FROM objects
WHERE resource = ? AND namespace IS ? AND name = ? AND deleted_at IS NULL LIMIT 1
