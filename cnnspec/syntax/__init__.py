"""Text -> tree. Parsing never fails: what cannot be read is a `Broken` statement and a diagnostic."""

from cnnspec.syntax.parse import parse_expression, parse_source

__all__ = ["parse_expression", "parse_source"]
