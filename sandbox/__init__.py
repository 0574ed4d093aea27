"""A simulated AWS account for the real Pulumi engine: try and test everything without an AWS account."""
