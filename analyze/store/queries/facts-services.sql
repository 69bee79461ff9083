-- Services as they stood at the end of the capture.
SELECT s.object_id AS id, o.api_version, o.uid, s.namespace, s.name, s.type, s.cluster_ip, s.selector, s.external_name,
  s.publish_not_ready, o.created_at, o.deletion_at
FROM services s JOIN objects o ON o.id = s.object_id
WHERE o.deleted_at IS NULL
ORDER BY s.namespace, s.name
