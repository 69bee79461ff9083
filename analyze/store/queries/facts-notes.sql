SELECT key, value FROM bundle
