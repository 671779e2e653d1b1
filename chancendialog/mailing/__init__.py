"""Letters to people: letter → outbox row → delivery; knows nothing of sessions."""
