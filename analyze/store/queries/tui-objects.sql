-- Objects of any kind.
SELECT o.id AS id, o.resource AS resource, o.kind AS kind, o.namespace AS namespace, o.name AS name, o.created_at AS created_at,
  o.deletion_at AS deletion_at, o.deleted_at AS deleted_at,
  (SELECT group_concat(c.type || '=' || c.status, ' ') FROM conditions c WHERE c.object_id = o.id) AS conditions
FROM objects o
