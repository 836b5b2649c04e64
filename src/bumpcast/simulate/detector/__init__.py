"""What a detector makes of generated particles."""
