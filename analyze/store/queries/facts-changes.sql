-- What a watch saw of one object, oldest first.
SELECT id, at, type, json(body) AS body, file_id, line FROM changes WHERE resource = ? AND namespace IS ? AND name = ? ORDER BY id
