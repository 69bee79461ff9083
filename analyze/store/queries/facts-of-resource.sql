-- Every object of one resource as it stood at the end of the capture.
SELECT id, api_version, kind, resource, namespace, name, uid, created_at FROM objects
WHERE resource = ? AND deleted_at IS NULL ORDER BY namespace, name
