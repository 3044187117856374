"""`python -m cli`: the same as `civic`."""

from cli.main import civic

civic(prog_name="civic")
