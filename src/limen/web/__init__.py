"""The web application: server-rendered pages with small scripts of our own, and the API that they use.

In: requests of browsers, displays and programs. Out: pages, JSON, events, and what a door's display may show. ``app``
joins the modules of ``api`` and ``screens``; ``guard``, ``identity``, ``rights``, ``problem`` and ``routing`` hold for
every route. May import door, store and evaluation; never cv2, onnxruntime or torch.
"""
