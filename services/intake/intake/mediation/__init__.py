"""Reaching a concealed practitioner through a mediator, without learning whether there is one (IN-9)."""
