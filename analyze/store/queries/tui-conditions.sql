SELECT type AS type, status AS status, reason AS reason, message AS message, last_transition_at AS last_transition_at
FROM conditions WHERE object_id = ?
