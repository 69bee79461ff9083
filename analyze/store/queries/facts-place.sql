SELECT f.path AS file, o.line FROM objects o LEFT JOIN files f ON f.id = o.file_id WHERE o.id = ?
