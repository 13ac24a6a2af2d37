"""What files may contain: a JSON Schema for editors and a page for people, both made from the table of kinds."""
