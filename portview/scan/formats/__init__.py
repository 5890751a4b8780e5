"""What scans are written as: one file a format."""
