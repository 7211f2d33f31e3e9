"""Image files: found, looked at, decoded, kept."""
