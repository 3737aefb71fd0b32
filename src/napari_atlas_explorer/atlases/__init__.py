"""From a path or a name to a `Package`: layouts, cache, downloads, the sample atlas."""
