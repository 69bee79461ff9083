-- When the lists of one resource were taken, on the capturing machine's clock.
SELECT min(started_at) AS started_at, max(ended_at) AS ended_at FROM lists WHERE resource = ?
