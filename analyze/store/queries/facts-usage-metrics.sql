-- What cAdvisor counts of single containers, both scrapes.
SELECT name, scrape, labels, value FROM metrics WHERE name IN ('container_cpu_cfs_periods_total', 'container_cpu_cfs_throttled_periods_total')
