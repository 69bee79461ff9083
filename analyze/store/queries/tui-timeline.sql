-- Entries of the timeline for a window of rows.
SELECT t.id AS id, t.at AS at, t.until AS until, t.source AS source, t.severity AS severity, t.basis AS basis, t.kind AS kind,
  t.namespace AS namespace, t.name AS name, t.object_id AS object_id, t.reason AS reason, t.text AS text,
  f.path AS file, t.line AS line
FROM timeline t LEFT JOIN files f ON f.id = t.file_id
