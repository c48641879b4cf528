"""Training of models, above the pipeline that serves them."""
