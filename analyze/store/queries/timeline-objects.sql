-- Creation and deletion of everything that no other source tells about.
SELECT o.created_at AS at, NULL AS until,
  CASE WHEN o.kind IN ('Endpoints', 'EndpointSlice', 'Lease', 'ServiceAccount', 'APIService', 'FlowSchema',
    'PriorityLevelConfiguration', 'ControllerRevision', 'CertificateSigningRequest', 'PodMetrics', 'NodeMetrics',
    'ClusterRole', 'ClusterRoleBinding', 'CSINode', 'VolumeAttachment', 'IPAddress', 'ServiceCIDR', 'ComponentStatus')
    OR o.name LIKE 'system:%' OR o.name = 'kube-root-ca.crt' THEN 1 ELSE 2 END AS severity,
  'observed' AS basis, o.kind AS kind, o.namespace AS namespace, o.name AS name, o.id AS object_id, NULL AS reason,
  'created' AS text, o.file_id AS file_id, o.line AS line, o.id * 4 AS seq
FROM objects o
WHERE o.created_at IS NOT NULL AND o.resource NOT IN ('pods', 'apps/replicasets', 'events', 'events.k8s.io/events',
  'metrics.k8s.io/pods', 'metrics.k8s.io/nodes')
UNION ALL
SELECT o.deletion_at, NULL, 2, 'observed', o.kind, o.namespace, o.name, o.id, NULL,
  'deletion requested' || coalesce(', waiting for ' ||
    (SELECT group_concat(value, ', ') FROM json_each(b.body, '$.metadata.finalizers')), ''),
  o.file_id, o.line, o.id * 4 + 1
FROM objects o LEFT JOIN bodies b ON b.object_id = o.id
WHERE o.deletion_at IS NOT NULL AND o.resource NOT IN ('pods', 'events', 'events.k8s.io/events')
UNION ALL
SELECT o.deleted_at, NULL, 2, 'observed', o.kind, o.namespace, o.name, o.id, NULL, 'gone (seen by the watch)',
  o.file_id, o.line, o.id * 4 + 2
FROM objects o
WHERE o.deleted_at IS NOT NULL AND o.resource NOT IN ('pods', 'events', 'events.k8s.io/events')
