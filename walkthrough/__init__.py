"""The project's program on the sandbox: the demo, and the copy of the program that the demo and tests use."""

from walkthrough.program import PROJECT, VIRTUAL_ENVIRONMENTS, copy_of_the_program
from walkthrough.workbench import Workbench, workbench

__all__ = ["PROJECT", "VIRTUAL_ENVIRONMENTS", "Workbench", "copy_of_the_program", "workbench"]
