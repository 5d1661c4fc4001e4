"""The daily health review: what a stretch of time did to the fleet, and what it leaves to whoever comes next."""
