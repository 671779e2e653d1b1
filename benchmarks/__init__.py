"""What `make bench` runs: ratios against a control in the same run, never asserted."""
