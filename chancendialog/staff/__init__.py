"""Who works here: accounts, roles, permissions."""
