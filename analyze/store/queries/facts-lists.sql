SELECT resource, version, namespace, selector, outcome, gap FROM lists
