SELECT json(body) AS body FROM bodies WHERE object_id = ?
