"""Quality checks of a packaged atlas; see `run.run_qa`."""
