SELECT key, evidence, resource, namespace, pod, container, node, probe, reason, detail, partial FROM gaps ORDER BY key
