"""What came of it? Lines as they came, the stories they belong to, and what an edition has produced."""
