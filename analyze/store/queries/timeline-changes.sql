-- Watch events object by object, each object's in the order they came.
SELECT id, at, type, resource, kind, namespace, name, uid, resource_version, json(body) AS body, file_id, line
FROM changes
ORDER BY resource, namespace, name, id
