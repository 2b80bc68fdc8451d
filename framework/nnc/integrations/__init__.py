"""nnc inside other programs.

Order: pytest, sklearn, spark.
"""
