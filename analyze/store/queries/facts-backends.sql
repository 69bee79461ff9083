-- What an edge sends to a Service: a rule of an Ingress, or a route's backend.
SELECT i.object_id AS id, o.api_version, 'Ingress' AS kind, i.namespace, i.name, i.host, i.path, i.namespace AS service_namespace,
  i.service AS service, i.port AS port
FROM ingresses i JOIN objects o ON o.id = i.object_id WHERE i.service IS NOT NULL AND o.deleted_at IS NULL
UNION ALL
SELECT r.object_id, o.api_version, r.kind, r.namespace, r.name, r.hostname, NULL, coalesce(r.backend_namespace, r.namespace),
  r.backend_name, CAST(r.backend_port AS TEXT)
FROM routes r JOIN objects o ON o.id = r.object_id
WHERE coalesce(r.backend_kind, 'Service') = 'Service' AND r.backend_name IS NOT NULL AND o.deleted_at IS NULL
