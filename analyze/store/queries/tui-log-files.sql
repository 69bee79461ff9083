-- Container logs; parts of one log are one row.
SELECT min(l.file_id) AS id, l.namespace AS namespace, l.pod AS pod, l.container AS container, l.previous AS previous,
  sum(l.lines) AS lines, min(l.first_at) AS first_at, max(l.last_at) AS last_at
FROM log_files l GROUP BY l.namespace, l.pod, l.container, l.previous
