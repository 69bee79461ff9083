-- Evidence that did not come, at the time it was asked for.
SELECT key, evidence, resource, namespace, pod, container, node, probe, reason, status, detail, at, partial
FROM gaps
ORDER BY at, key
