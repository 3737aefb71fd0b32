"""What is kept between sessions: converted volumes, ranks, surfaces."""
