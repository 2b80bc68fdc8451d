"""Trees and linear models that were trained by other libraries -> equivalent networks.

A reader of a library describes its model as a `Forest` or a `Linear`, plain data that no library
defines; `conversion.imported_model` makes the network, and says where rounding may decide.

Order: cutoffs, votes, trees, linear, conversion, forests, estimators, xgboost, lightgbm, libraries.
"""
