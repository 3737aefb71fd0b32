"""Names of AllenSDK that answer from this library."""
