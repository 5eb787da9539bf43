"""Northgate Cloud, a made-up company: its databases with made-up people, a fixed seed, and the dirt of real data."""

from retention.sample.build import build_all

__all__ = ["build_all"]
