"""What `augment` does to the batches of a run."""
