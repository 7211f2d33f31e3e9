"""`python -m cnnspec.syntax`: write the parser's table after a change of the grammar."""

from cnnspec.syntax.table import write_table

write_table()
