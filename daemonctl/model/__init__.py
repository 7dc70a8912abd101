"""The nouns: frozen values that every other part speaks in. Standard library and msgspec only."""
