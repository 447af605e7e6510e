"""Groups of commands. A group is a module with `add_to(app)`; list it in `icm.__main__`."""
