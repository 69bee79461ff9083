-- Kubernetes Events, one row each.
SELECT e.id AS id, e.object_id AS object_id, e.namespace AS namespace, coalesce(e.last_at, e.first_at) AS at,
  e.first_at AS first_at, e.type AS type, e.reason AS reason, e.involved_api_version AS involved_api_version,
  e.involved_kind AS involved_kind, e.involved_namespace AS involved_namespace, e.involved_name AS involved_name,
  e.count AS count, e.source AS source, e.message AS message
FROM events e
