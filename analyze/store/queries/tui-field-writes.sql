-- What managedFields say: when a manager last wrote, never which field.
SELECT manager AS manager, operation AS operation, subresource AS subresource, at AS at
FROM field_writes WHERE object_id = ? ORDER BY at DESC
