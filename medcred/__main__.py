"""`python -m medcred`."""

from medcred.cli import main

main()
