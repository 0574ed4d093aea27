"""`python -m audit`: what `audit.command` does, and Ctrl-C while it is being imported."""

import sys

try:
    from audit.command import main
except KeyboardInterrupt:
    print("Stopped.", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main())
