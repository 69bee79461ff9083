-- What the probes of the capture saw, in the order they wrote it.
SELECT p.id, p.probe, p.at, p.vantage, p.target, p.outcome, p.ms, p.detail, f.path AS file, p.line
FROM probes p LEFT JOIN files f ON f.id = p.file_id ORDER BY p.id
