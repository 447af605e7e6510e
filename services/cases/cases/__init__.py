"""Cases: family cases, teams, assessments, plans, meetings and reviews."""
