"""Forward and backward passes, one family of layers a file."""
