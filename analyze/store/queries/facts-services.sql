-- Services as they stood at the end of the capture; what is in a namespace that is being deleted goes with it.
SELECT s.object_id AS id, o.api_version, o.uid, s.namespace, s.name, s.type, s.cluster_ip,
  json_extract(b.body, '$.spec.clusterIPs') AS cluster_ips, s.selector, s.external_name,
  s.publish_not_ready, o.created_at, coalesce(o.deletion_at, n.deletion_at) AS deletion_at
FROM services s JOIN objects o ON o.id = s.object_id
LEFT JOIN bodies b ON b.object_id = s.object_id
LEFT JOIN (
  SELECT name, deletion_at FROM objects
  WHERE resource = 'namespaces' AND deletion_at IS NOT NULL AND deleted_at IS NULL
) n ON n.name = s.namespace
WHERE o.deleted_at IS NULL
ORDER BY s.namespace, s.name
