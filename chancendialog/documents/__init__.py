"""What people take away: attendee lists as CSV and XLSX; pictures and what Typst sets."""
