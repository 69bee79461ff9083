SELECT object_id AS id, name, port, target_port, protocol FROM service_ports ORDER BY object_id, rowid
