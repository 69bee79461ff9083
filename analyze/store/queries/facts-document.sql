SELECT d.text FROM documents d JOIN files f ON f.id = d.file_id WHERE f.path = ?
