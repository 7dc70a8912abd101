"""One writer per cluster: facts come in, a view is kept, plans are made and carried out."""
