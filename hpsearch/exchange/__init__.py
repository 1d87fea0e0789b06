"""Between hpsearch and the tools of others: Optuna's storages, MLflow, TensorBoard.

May import: vocabulary, strategies, disk, study, worker, search, results, report, checks.
"""
