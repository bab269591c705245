"""The nightly self-proof: some users computed anew from bronze, held against what the tables hold of them."""
