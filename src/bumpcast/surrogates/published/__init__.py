"""Models as experiments publish them, a pickle among their files, and how they are taken over."""
