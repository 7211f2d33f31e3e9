"""What a run leaves in its folder, and how a later one takes it up."""
