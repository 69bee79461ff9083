-- Labels of some objects; the ids come as a JSON array.
SELECT object_id AS object_id, key AS key, value AS value FROM labels WHERE object_id IN (SELECT value FROM json_each(?))
