-- By kind and name; of several versions or a deleted namesake the living one first.
SELECT o.id AS id FROM objects o
WHERE o.kind = :kind AND o.name = :name AND o.namespace IS :namespace
ORDER BY o.api_version = :api_version DESC, o.deleted_at IS NOT NULL, o.id LIMIT 1
