-- The kubelets' own count of probe results: one row a container, kind, result and scrape.
SELECT scrape, labels, value FROM metrics WHERE name = 'prober_probe_total' AND value > 0
