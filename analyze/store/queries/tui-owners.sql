SELECT kind AS kind, name AS name, uid AS uid, controller AS controller FROM owners WHERE object_id = ? ORDER BY controller DESC
