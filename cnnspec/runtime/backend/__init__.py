"""Which framework runs, how it is started, and what of it a run sets."""
