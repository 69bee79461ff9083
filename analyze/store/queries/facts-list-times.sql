-- When the lists of one resource were taken, on the capturing machine's clock, and whether any came from memory.
SELECT min(started_at) AS started_at, max(ended_at) AS ended_at, max(from_cache) AS from_cache FROM lists WHERE resource = ?
