"""What is expected without a signal, when nobody has said it."""
