SELECT id, probe, at, vantage, target, outcome, ms, file_id, line FROM probes ORDER BY id
