"""What a person laid down beforehand: advance directives, representation and Ulysses agreements (CO-3)."""
