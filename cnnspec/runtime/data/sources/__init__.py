"""Where images and labels come from: a module a source."""
