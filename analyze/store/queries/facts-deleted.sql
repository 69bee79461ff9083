-- What a watch saw deleted of some kinds within a span of time, on the capturing machine's clock, the latest first.
SELECT at, resource, api_version, kind, namespace, name, json(body) AS body
FROM changes
WHERE type = 'DELETED' AND at BETWEEN ? AND ? AND namespace IS ? AND resource IN (SELECT value FROM json_each(?))
ORDER BY at DESC LIMIT ?
