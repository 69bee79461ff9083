-- Namespaces that hold anything captured.
SELECT namespace AS namespace, count(*) AS objects, sum(resource = 'pods') AS pods
FROM objects WHERE namespace IS NOT NULL GROUP BY namespace ORDER BY pods DESC, namespace
