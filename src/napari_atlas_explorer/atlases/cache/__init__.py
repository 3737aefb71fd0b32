"""Cache between sessions: converted volumes, ranks, surfaces."""
