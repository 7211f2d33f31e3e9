"""From a source in the spec to batches of arrays: reading, checking, splitting, ordering, feeding."""
