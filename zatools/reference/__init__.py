"""What files may hold, for editors and for people: a JSON Schema and a page, both made from the table of kinds."""
