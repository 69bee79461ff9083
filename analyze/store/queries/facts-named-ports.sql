-- Container ports with a name; those of init containers that are no sidecars are no Service's target.
SELECT p.object_id AS id, p.container, p.name, p.port, p.protocol
FROM container_ports p JOIN containers c ON c.object_id = p.object_id AND c.name = p.container
WHERE p.name IS NOT NULL AND c.type IN ('app', 'sidecar')
ORDER BY p.object_id, p.rowid
