"""What people look at: the summary, the progress of a run, generated code. No Keras here."""
