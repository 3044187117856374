"""Files on their way into a list of the census: sent, read row by row, compared with the list, taken over, undone.

Words: an *import* brings a list to what a file says, first *prepared*, then *applied*, and perhaps *undone*; a row that cannot be
read is *rejected*, and what is known of it stays as it was (*held*). The tables are the census's own: with a list goes all of it.
"""
