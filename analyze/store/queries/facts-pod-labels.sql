SELECT l.object_id AS id, l.key, l.value FROM pods p JOIN labels l ON l.object_id = p.object_id
