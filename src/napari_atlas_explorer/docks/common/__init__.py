"""What the docks share: background work, places, colours, small widgets."""
