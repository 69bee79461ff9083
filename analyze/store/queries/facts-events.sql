-- Events about one object, oldest first.
SELECT e.id, e.object_id, e.namespace, e.type, e.reason, e.message, e.count, e.first_at, e.last_at, e.source, e.field_path,
  e.involved_api_version, e.involved_kind, e.involved_name, o.name AS event_name, o.api_version
FROM events e JOIN objects o ON o.id = e.object_id
WHERE e.involved_namespace IS ? AND e.involved_name = ? AND e.involved_kind = ?
ORDER BY coalesce(e.first_at, e.last_at), e.id
