-- Where each container's log begins, and since when the container runs; previous runs begin anywhere.
SELECT f.file_id, f.namespace, f.pod, f.container, f.previous, min(f.first_at) AS first_at,
  c.started_at, c.last_started_at,
  EXISTS (SELECT 1 FROM gaps g WHERE g.evidence = 'log' AND g.pod = f.pod AND g.namespace = f.namespace
    AND coalesce(g.container, f.container) = f.container) AS cut
FROM log_files f
  LEFT JOIN pods p ON p.namespace = f.namespace AND p.name = f.pod
  LEFT JOIN containers c ON c.object_id = p.object_id AND c.name = f.container
GROUP BY f.namespace, f.pod, f.container, f.previous
