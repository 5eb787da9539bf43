"""Techniques that replace values of persons. A leaf: it knows no database, no rule file and nothing else of ours.

A strategy is a name, its facts and a declared transform; a transform is data with two interpretations, the Python one
of ``transform.apply`` (the reference) and the SQL one of retention.sql. Both must give the same value.
"""
