"""What the docks share: background work, places, colors, small widgets."""
