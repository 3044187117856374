"""Mail choices: links at the end of a letter, by which its reader stops these letters, or chooses among all, not signed in."""
