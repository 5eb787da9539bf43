"""Migrations of the control store, part of the package so that they are there when it is installed."""
