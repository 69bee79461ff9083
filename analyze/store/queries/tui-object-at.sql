-- The object that stands on a line of an entry.
SELECT o.id AS id FROM objects o JOIN files f ON f.id = o.file_id WHERE f.path = ? AND o.line = ? LIMIT 1
