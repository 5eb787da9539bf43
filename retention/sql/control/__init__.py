"""The control store: what datasets share. Runs, holds, pools, the stop switch, persons, the ledger."""
