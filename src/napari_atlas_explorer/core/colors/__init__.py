"""Region colors, color scales, color differences."""
