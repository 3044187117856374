"""The road of the site's mail, walked step by step: names, the mail server, what others ask before they take a letter."""
