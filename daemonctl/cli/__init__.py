"""The command line: thin commands, each one a question to the app or to a running server."""
