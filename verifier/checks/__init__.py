"""The checks, one small function each: an `Examination` in, a `Check` out. Their order is in `verifier.verify`."""
