"""Which networks there are, where their files come from, and the one place where they run.

In: a model's name. Out: checked ONNX files (``library``) with all that has to happen to an image before
them (``catalogue``), and sessions that run them (``session``). Nothing is used whose digest differs.
May import NumPy, ONNX Runtime, pydantic and, in the import step alone, onnx and joblib; never a stage.
"""
