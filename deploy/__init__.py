"""What the account's side allows: to the roles that deploy, and to the members."""
