"""Who in an AWS account can change a pipeline, as the account stands; `python -m audit --help`."""
