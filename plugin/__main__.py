"""What Pulumi runs for programs in other languages; the component lies beside this folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from components.plugin import main

if __name__ == "__main__":
    main()
