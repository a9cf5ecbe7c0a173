"""What a network says of a face.

In: aligned crops. Out: embeddings that know which model made them. May import NumPy and ``limen.models``.
"""
