"""Sign-ins that count no more: removed, ended, restored; each for a reason (CO-9, AU-1)."""
