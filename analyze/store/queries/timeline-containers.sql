-- Container states: the present one and the last termination are all that a status keeps.
-- A waiting container carries no time of its own: it waits since its last end, or since its pod was created.
SELECT c.started_at AS at, NULL AS until, 2 AS severity, 'observed' AS basis, 'Pod' AS kind, c.namespace AS namespace,
  c.pod AS name, c.object_id AS object_id, NULL AS reason,
  'container ' || c.name || ' started' ||
    CASE WHEN c.restarts > 0 THEN ' (after ' || c.restarts || ' restart' || iif(c.restarts = 1, '', 's') || ')' ELSE '' END AS text,
  o.file_id AS file_id, o.line AS line, c.rowid * 8 AS seq
FROM containers c JOIN objects o ON o.id = c.object_id WHERE c.started_at IS NOT NULL
UNION ALL
SELECT c.finished_at, NULL, CASE WHEN coalesce(c.exit_code, 0) = 0 THEN 2 ELSE 4 END, 'observed', 'Pod', c.namespace, c.pod,
  c.object_id, c.reason,
  substr('container ' || c.name || ' ended with exit code ' || coalesce(c.exit_code, '?') ||
    CASE WHEN c.started_at IS NULL THEN '' ELSE ' after ' || ((c.finished_at - c.started_at) / 1000000) || 's' END ||
    CASE WHEN coalesce(c.message, '') = '' THEN '' ELSE ': ' || c.message END, 1, 500),
  o.file_id, o.line, c.rowid * 8 + 1
FROM containers c JOIN objects o ON o.id = c.object_id WHERE c.finished_at IS NOT NULL
UNION ALL
SELECT c.last_started_at, NULL, 2, 'observed', 'Pod', c.namespace, c.pod, c.object_id, NULL,
  'container ' || c.name || ' started (the run before the present one)', o.file_id, o.line, c.rowid * 8 + 2
FROM containers c JOIN objects o ON o.id = c.object_id WHERE c.last_started_at IS NOT NULL
UNION ALL
SELECT c.last_finished_at, NULL, CASE WHEN coalesce(c.last_exit_code, 0) = 0 THEN 2 ELSE 4 END, 'observed', 'Pod',
  c.namespace, c.pod, c.object_id, c.last_reason,
  substr('container ' || c.name || ' ended with exit code ' || coalesce(c.last_exit_code, '?') ||
    CASE WHEN c.last_started_at IS NULL THEN '' ELSE ' after ' || ((c.last_finished_at - c.last_started_at) / 1000000) || 's' END ||
    CASE WHEN c.restarts > 1 THEN '; ' || c.restarts || ' restarts in all, the times of earlier ones are not kept' ELSE '' END ||
    CASE WHEN coalesce(c.last_message, '') = '' THEN '' ELSE ': ' || c.last_message END, 1, 500),
  o.file_id, o.line, c.rowid * 8 + 3
FROM containers c JOIN objects o ON o.id = c.object_id WHERE c.last_finished_at IS NOT NULL
UNION ALL
SELECT coalesce(c.last_finished_at, o.created_at), NULL,
  CASE WHEN coalesce(c.reason, '') IN ('', 'ContainerCreating', 'PodInitializing') THEN 2 ELSE 4 END, 'inferred', 'Pod',
  c.namespace, c.pod, c.object_id, c.reason,
  substr('container ' || c.name || ' waits at the time of capture, since this time or later' ||
    CASE WHEN coalesce(c.message, '') = '' THEN '' ELSE ': ' || c.message END, 1, 500),
  o.file_id, o.line, c.rowid * 8 + 4
FROM containers c JOIN objects o ON o.id = c.object_id
WHERE c.state = 'waiting' AND coalesce(c.last_finished_at, o.created_at) IS NOT NULL
