"""What changed between two specs, as a person would say it. Two checked documents with their graphs in, no text and no Keras."""
