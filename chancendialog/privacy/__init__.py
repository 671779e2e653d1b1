"""What is personal, when it goes, and what people can ask of us: across all topics."""
