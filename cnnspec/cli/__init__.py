"""The commands: one module each. They read the command line, print, and choose the exit status."""
