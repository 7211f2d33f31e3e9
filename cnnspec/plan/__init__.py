"""Document to training plan: defaults filled in, phases laid out, everything that cannot be executed refused. No Keras."""
