SELECT type, status, reason, message, last_transition_at FROM conditions WHERE object_id = ? ORDER BY rowid
