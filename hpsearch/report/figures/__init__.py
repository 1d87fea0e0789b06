"""Seaborn figures of a study: each function takes a DataFrame and returns a Matplotlib figure.

    progress   best so far, over trials and over epochs spent
    curves     learning curves, train against validation accuracy
    space      axes of parameters, accuracy maps
    slices     one parameter with its trend
    parallel   parallel coordinates
    choices    what was chosen, importances
    cost       what pruning saved, workers over time
    net        first-layer weights, layer statistics, confusion, mistakes

The DataFrames have the columns of StudyFrames.trials and StudyFrames.curves.

May import: vocabulary, results, and what the page and its figures share (style, trialmarks).
"""
