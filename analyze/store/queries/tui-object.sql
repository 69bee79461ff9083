SELECT o.id AS id, o.api_version AS api_version, o.kind AS kind, o.resource AS resource, o.namespace AS namespace,
  o.name AS name, o.uid AS uid, o.created_at AS created_at, o.deletion_at AS deletion_at, o.deleted_at AS deleted_at,
  f.path AS file, o.line AS line
FROM objects o LEFT JOIN files f ON f.id = o.file_id WHERE o.id = ?
