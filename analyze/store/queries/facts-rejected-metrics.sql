-- Requests that the API server's flow control turned away: one row a flow schema, priority level, reason and scrape.
-- Without a first look at its counters nothing tells when it was.
SELECT scrape, labels, value FROM metrics
WHERE name = 'apiserver_flowcontrol_rejected_requests_total' AND source = 'apiserver'
  AND EXISTS (SELECT 1 FROM metrics WHERE source = 'apiserver' AND scrape = 'first')
