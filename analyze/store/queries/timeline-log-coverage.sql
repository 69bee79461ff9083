-- Where each container's log begins, and since when the container runs; previous runs begin anywhere.
WITH cut AS MATERIALIZED (
  SELECT DISTINCT namespace, pod, coalesce(container, '*') AS container FROM gaps WHERE evidence = 'log' AND pod IS NOT NULL
)
SELECT f.file_id, f.namespace, f.pod, f.container, f.previous, min(f.first_at) AS first_at,
  c.started_at, c.last_started_at, max(cut.pod IS NOT NULL) AS cut
FROM log_files f
  LEFT JOIN pods p ON p.namespace = f.namespace AND p.name = f.pod
  LEFT JOIN containers c ON c.object_id = p.object_id AND c.name = f.container
  LEFT JOIN cut ON cut.namespace = f.namespace AND cut.pod = f.pod AND cut.container IN (f.container, '*')
GROUP BY f.namespace, f.pod, f.container, f.previous
