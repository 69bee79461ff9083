-- Every kind that was asked for or that came, with how its lists ended: an empty list and a forbidden one never look alike.
SELECT l.resource AS resource, max(l.kind) AS kind, max(l.version) AS version, max(l.namespaced) AS namespaced,
  (SELECT count(*) FROM objects o WHERE o.resource = l.resource) AS objects,
  count(*) AS lists, sum(l.outcome = 'failed') AS failed, sum(l.outcome = 'partial') AS partial, max(l.gap) AS gap
FROM lists l GROUP BY l.resource
UNION ALL
SELECT o.resource, max(o.kind), NULL, max(o.namespace IS NOT NULL), count(*), 0, 0, 0, NULL
FROM objects o WHERE o.resource NOT IN (SELECT resource FROM lists) GROUP BY o.resource
UNION ALL
SELECT g.resource, g.resource, NULL, 1, 0, 0, 1, 0, max(g.key)
FROM gaps g
WHERE g.evidence = 'list' AND g.resource IS NOT NULL AND g.resource NOT IN (SELECT resource FROM lists)
  AND g.resource NOT IN (SELECT resource FROM objects)
GROUP BY g.resource
ORDER BY 1
