SELECT name AS name, type AS type, image AS image, state AS state, reason AS reason, message AS message,
  exit_code AS exit_code, started_at AS started_at, ready AS ready, restarts AS restarts, last_reason AS last_reason,
  last_exit_code AS last_exit_code, last_finished_at AS last_finished_at
FROM containers WHERE object_id = ?
