"""Letters that the site writes by itself: officers see all kinds on one page, and switch each on or off. All are on at first."""
