"""What `python -m crossrate` and the command `crossrate` start. The service itself is in the packages beside this."""
