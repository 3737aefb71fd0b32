"""Downloads of atlases: HTTP, checked files, and the services that list them."""
