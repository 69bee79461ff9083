-- managedFields of one object: when each manager last wrote, and the fields it owns.
SELECT manager, operation, subresource, at, fields FROM field_changes WHERE object_id = ? ORDER BY at
