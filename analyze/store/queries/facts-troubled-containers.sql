-- Containers that restarted, wait, have ended or are not ready: what the pod checks look at, of any number of healthy ones.
SELECT c.object_id AS id, c.name, c.type, c.image, c.state, c.reason, c.message, c.exit_code, c.started_at, c.finished_at, c.ready,
  c.restarts, c.last_reason, c.last_exit_code, c.last_message, c.last_started_at, c.last_finished_at
FROM containers c JOIN objects o ON o.id = c.object_id
WHERE o.deleted_at IS NULL AND (c.ready IS NOT 1 OR c.restarts > 0 OR c.state IS NOT 'running')
ORDER BY c.object_id, c.rowid
