"""Entity tables and the rows of features made from them."""
