"""The command line: thin commands over the app and over a running controller's API."""
