"""The front door: the command line, the processes of a house, the doctor and the demo. It only calls the rooms."""
