"""Checks that tell whether a packaged atlas can be trusted; see `run.run_qa`."""
