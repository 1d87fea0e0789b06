"""The figures of a study: each function takes a DataFrame and returns a Matplotlib figure.

    progress   best so far, over trials and over epochs spent, shares of trials, the tuning curve
    curves     learning curves, train against validation accuracy
    space      axes of parameters, accuracy maps
    slices     one parameter with its trend
    parallel   parallel coordinates
    choices    what was chosen, importances
    cost       what pruning saved, workers over time
    layers     what layers did, from layer to layer and epoch to epoch
    trained    how the best net trained, what it gets right by class
    net        first-layer weights, layer statistics, confusion, mistakes
    answered   the answer of a question
    compared   several studies
    marks      what all of them mark trials by

The DataFrames have the columns of StudyFrames.trials and StudyFrames.curves.

May import: vocabulary, results, and what the page and its figures share (style, trialmarks).
"""
