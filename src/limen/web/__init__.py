"""Web pages: server-rendered, with small scripts of our own.

In: requests of a browser. Out: pages and JSON. May import door, store and evaluation; never cv2, onnxruntime or torch.
"""
