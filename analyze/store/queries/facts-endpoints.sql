SELECT e.object_id AS id, e.namespace, e.service, e.address, e.port_name, e.port, e.protocol, e.ready, e.serving, e.terminating,
  e.target_kind, e.target_name, e.node
FROM endpoints e JOIN objects o ON o.id = e.object_id
WHERE o.deleted_at IS NULL
