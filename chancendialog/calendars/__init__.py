"""Sessions as iCalendar: invitation, cancellation, feed – pure functions."""
