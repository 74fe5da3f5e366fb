"""From flags, values and tables as they are typed to a Submission."""
