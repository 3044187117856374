"""Letters on paper with a code: whoever has the letter that came to their address is known at level 3.

Words: a *paper code* is an index and ten signs, printed in one letter and good for one entry of a census list, once, until a day.
Only a keyed hash of the signs is kept; names and addresses come with an officer's file and go with the printed letters (ADR 15).
"""
