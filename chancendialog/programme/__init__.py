"""What we offer: series, topics, venues, sessions."""
