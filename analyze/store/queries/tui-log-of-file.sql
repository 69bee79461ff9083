-- A log by the path of one of its parts.
SELECT f.id AS file_id, l.namespace AS namespace, l.pod AS pod, l.container AS container, l.previous AS previous
FROM files f JOIN log_files l ON l.file_id = f.id WHERE f.path = ?
