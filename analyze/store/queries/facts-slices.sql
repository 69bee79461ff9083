-- EndpointSlices themselves, empty ones too; a label names their Service.
SELECT o.id, o.api_version, o.namespace, o.name, o.generation, o.created_at, l.value AS service
FROM objects o JOIN labels l ON l.object_id = o.id AND l.key = 'kubernetes.io/service-name'
WHERE o.resource = 'discovery.k8s.io/endpointslices' AND o.deleted_at IS NULL
