"""What people take away: attendee lists as CSV and XLSX."""
