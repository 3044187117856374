"""Numbered migrations, one head. Each says in its docstring what it brings and whether it expands or contracts the schema."""
