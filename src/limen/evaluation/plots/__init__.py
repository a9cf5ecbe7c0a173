"""Pictures of what was measured, one file a picture.

In: arrays and dataclasses. Out: a Matplotlib figure, which ``style.save_figure`` writes. Every picture says on what
data, with which model and when it was made. Never ``pyplot``: no figure outlives its use, nobody's settings change.
"""
