"""The status page: written by the server for everybody, and brought to life by its scripts."""
