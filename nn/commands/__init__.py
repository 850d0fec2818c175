"""What the command ``glassgrad`` does: a file for each kind of job, and `runs`, which they share."""
