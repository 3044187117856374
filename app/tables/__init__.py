"""Files of rows that people bring: CSV, xlsx and ods, read as streams, whatever they unpack to.

Words: a *table* is such a file as it is read: its header, then row after row with the number of its line.
"""
