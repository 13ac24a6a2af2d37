"""What imports of zato-apitest's optional step modules find: their steps are there, or come later."""
