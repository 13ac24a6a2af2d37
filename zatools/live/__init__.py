"""What commands share that have to do with running systems: outgoing connections, servers that are told."""
