"""Fits of smooth backgrounds to every histogram, alone and with a signal, and their averages."""
