"""What is printed instead of drawn."""
