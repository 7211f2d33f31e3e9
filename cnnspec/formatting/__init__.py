"""Text -> the same text in its one layout. Only spaces, ends of lines, quotes and commas before a closing bracket change."""

from cnnspec.formatting.file import format_source

__all__ = ["format_source"]
