"""A simulated AWS account under the real Pulumi engine: to try everything, and to test it, without an AWS account."""
