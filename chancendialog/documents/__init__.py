"""What people take away: lists as CSV and XLSX, papers and pictures that Typst sets."""
