"""The canonical document: reading and writing it as JSON, its schema, and the check against it."""
