"""Who takes part: seats, the waiting list, letters about both."""
