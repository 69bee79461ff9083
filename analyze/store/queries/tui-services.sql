-- Services with their ports and how many ready addresses their EndpointSlices give.
SELECT s.object_id AS id, s.namespace AS namespace, s.name AS name, s.type AS type, s.cluster_ip AS cluster_ip,
  s.external_name AS external_name, s.selector AS selector,
  (SELECT group_concat(coalesce(p.name || ':', '') || p.port || '→' || coalesce(p.target_port, p.port) ||
     iif(p.protocol = 'TCP', '', '/' || p.protocol), ' ')
   FROM service_ports p WHERE p.object_id = s.object_id) AS ports,
  (SELECT count(DISTINCT e.address) FROM endpoints e
   WHERE e.namespace = s.namespace AND e.service = s.name AND e.ready = 1) AS ready_addresses,
  (SELECT count(DISTINCT e.address) FROM endpoints e WHERE e.namespace = s.namespace AND e.service = s.name) AS addresses,
  o.created_at AS created_at, o.deleted_at AS deleted_at
FROM services s JOIN objects o ON o.id = s.object_id
