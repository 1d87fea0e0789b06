"""From frames to figures to one offline page."""
