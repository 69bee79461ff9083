-- EndpointSlices with the addresses they give.
SELECT o.id AS id, o.resource AS resource, o.namespace AS namespace, o.name AS name,
  (SELECT max(e.service) FROM endpoints e WHERE e.object_id = o.id) AS service,
  (SELECT count(DISTINCT e.address) FROM endpoints e WHERE e.object_id = o.id AND e.ready = 1) AS ready_addresses,
  (SELECT count(DISTINCT e.address) FROM endpoints e WHERE e.object_id = o.id) AS addresses,
  (SELECT group_concat(DISTINCT e.address) FROM endpoints e WHERE e.object_id = o.id) AS endpoints,
  o.created_at AS created_at, o.deleted_at AS deleted_at
FROM objects o
