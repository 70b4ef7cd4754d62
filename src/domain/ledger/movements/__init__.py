"""Every kind of movement, a file each: it says what is posted."""
