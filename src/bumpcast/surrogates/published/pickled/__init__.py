"""What reads a pickle, in a process of its own: `process` is where it begins.

It has to do with Python's standard library alone, and is a package that stands for itself: there it
is imported as `pickled`, without the packages above, and its files name each other relatively.
"""
