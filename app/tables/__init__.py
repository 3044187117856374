"""Files of rows: those that people bring (CSV, xlsx, ods), read as streams; and those that they take along.

Words: a *table* is such a file as it is read: its header, then row after row with the number of its line.
"""
